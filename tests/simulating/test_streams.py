from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import ConfigError
from einthoven.simulating.streams import PURPOSES, Streams, chances


def test_a_patient_has_the_same_chances_alone_in_company_and_in_any_order() -> None:
    many = chances(7, [4, 2, 9], "body", normal=["a", "b"], uniform=["c"])
    for place, number in enumerate([4, 2, 9]):
        alone = chances(7, [number], "body", normal=["a", "b"], uniform=["c"])
        assert {name: row[0] for name, row in alone.items()} == {name: row[place] for name, row in many.items()}


def test_appended_names_leave_earlier_names_alone() -> None:
    short = chances(1, [3], "body", normal=["z"], uniform=["a"])
    long = chances(1, [3], "body", normal=["z", "y"], uniform=["a", "b"])
    assert all(short[name] == long[name] for name in short)


def test_seeds_purposes_and_patients_have_streams_of_their_own() -> None:
    first = {(seed, purpose, number): Streams(seed, purpose).open(number).random() for seed in (0, 1)
             for purpose in PURPOSES for number in (0, 1)}  # fmt: skip
    assert len(set(first.values())) == len(first)


def test_a_stream_is_numpys_philox_at_a_counter() -> None:
    bits = np.random.Philox(key=np.array([5, PURPOSES.index("noise")], np.uint64), counter=[0, 0, 11, 0])
    expected = np.random.Generator(bits).standard_normal(9)
    assert np.array_equal(Streams(5, "noise").open(11).standard_normal(9), expected)


def test_chances_are_normal_and_uniform() -> None:
    drawn = chances(0, range(4000), "body", normal=["z"], uniform=["u"])
    assert abs(drawn["z"].mean()) < 0.06
    assert abs(drawn["z"].std() - 1) < 0.04
    assert abs(drawn["u"].mean() - 0.5) < 0.02
    assert abs(np.corrcoef(drawn["z"], drawn["u"])[0, 1]) < 0.06


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, True, "3"])
def test_a_seed_that_is_no_whole_number_is_refused_in_words(seed: object) -> None:
    with pytest.raises(
        ConfigError, match=r"a seed is a whole number from 0 to 2\*\*64 - 1; seed=.* came\. Pass seed=0"
    ):
        Streams(seed, "body")  # type: ignore[arg-type]


def test_a_negative_patient_number_is_refused() -> None:
    with pytest.raises(ConfigError, match="a number is a whole number"):
        Streams(0, "body").open(-3)
