"""Leads: by name, and the limb leads that two of them determine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest

from einthoven.cleaning.leads import CABRERA, einthoven_error, obtainable, reorder, standard
from einthoven.errors import LeadError
from einthoven.recording import LEADS, LIMB, PRECORDIAL, Recording

Maker = Callable[..., Recording]


@pytest.mark.parametrize("pair", list(combinations(LIMB, 2)))
def test_any_two_limb_leads_determine_the_other_four(recorded: Maker, pair: tuple[str, str]) -> None:
    whole = recorded()
    derived = standard(whole.select([*pair, *PRECORDIAL]))
    assert derived.leads == LEADS
    np.testing.assert_allclose(derived.signal, whole.signal, atol=2e-6)
    others = [name for name in LEADS if name in LIMB and name not in pair]
    assert derived.history == (f"leads {' '.join(others)} derived from {' and '.join(pair)}",)


@pytest.mark.parametrize("seed", range(5))
def test_leads_are_ordered_by_name_and_not_by_position(recorded: Maker, seed: int) -> None:
    whole = recorded()
    shuffled = whole.select(np.random.default_rng(seed).permutation(LEADS).tolist())
    np.testing.assert_array_equal(standard(shuffled).signal, whole.signal)
    assert standard(shuffled).history == ()
    assert standard(whole) is whole


def test_what_was_measured_is_kept_as_measured(recorded: Maker) -> None:
    whole = recorded()
    signal = whole.signal.copy()
    signal[2] += 0.1
    eleven = Recording(signal, LEADS, 500).select([name for name in LEADS if name != "aVF"])
    made = standard(eleven)
    np.testing.assert_array_equal(made.lead("III"), signal[2])
    np.testing.assert_allclose(made.lead("aVF"), whole.lead("aVF"), atol=2e-6)


def test_minus_avr_is_avr_turned_round_both_ways(recorded: Maker) -> None:
    whole = recorded()
    cabrera = standard(whole, CABRERA)
    assert cabrera.leads == CABRERA
    np.testing.assert_allclose(cabrera.lead("-aVR"), -whole.lead("aVR"), atol=2e-6)
    alone = standard(cabrera.select(["-aVR", "V1"]), ["aVR"])
    np.testing.assert_allclose(alone.signal[0], whole.lead("aVR"), atol=2e-6)
    assert alone.history[-1] == "aVR is -aVR turned round"
    np.testing.assert_allclose(standard(cabrera).signal, whole.signal, atol=4e-6)
    both = standard(whole.select(["aVR", "V1"]), ["-aVR", "aVR"])
    np.testing.assert_array_equal(both.signal[0], -both.signal[1])


def test_minus_avr_and_avr_together_are_one_lead_and_determine_nothing_else() -> None:
    twin = Recording([[1, 2], [-1, -2]], ["aVR", "-aVR"], 500)
    assert obtainable(twin) == ("aVR",)
    with pytest.raises(LeadError):
        standard(twin, ["I"])


@pytest.mark.parametrize("pair", list(permutations(["-aVR", "aVF"], 2)))
def test_minus_avr_helps_to_derive(recorded: Maker, pair: tuple[str, str]) -> None:
    whole = standard(recorded(), (*LIMB, "-aVR"))
    np.testing.assert_allclose(standard(whole.select(pair), LIMB).signal, whole.signal[:6], atol=4e-6)


def test_a_gap_stays_a_gap_in_what_is_derived_from_it() -> None:
    limb = Recording([[1, np.nan, 1], [2, 2, 2]], ["I", "II"], 500)
    assert np.isnan(standard(limb, LIMB).signal[:, 1]).tolist() == [True, False, True, True, True, True]


def test_a_chest_lead_cannot_be_derived(recorded: Maker) -> None:
    eleven = recorded().select([name for name in LEADS if name != "V3"])
    with pytest.raises(LeadError) as refused:
        standard(eleven)
    assert str(refused.value) == (
        "each wanted lead is recorded, or derived from two limb leads, and wanted once; V3 cannot be had from "
        "I II III aVR aVL aVF V1 V2 V4 V5 V6. Ask for other leads: limb leads need two limb leads, chest leads must be "
        "measured. See docs/cleaning.md."
    )


def test_one_limb_lead_is_not_enough(recorded: Maker) -> None:
    with pytest.raises(LeadError, match="I III aVR aVL aVF cannot be had from II V1 V2 V3 V4 V5 V6"):
        standard(recorded().select(["II", *PRECORDIAL]))


def test_an_unknown_name_is_answered_with_the_nearest_known(recorded: Maker) -> None:
    with pytest.raises(LeadError, match=r"aVX cannot be had.*Did you mean aV[RLF]\? Known: I, II, III, V1"):
        standard(recorded(), ["I", "aVX"])


def test_a_lead_is_wanted_once(recorded: Maker) -> None:
    with pytest.raises(LeadError, match="II asked for twice"):
        standard(recorded(), ["II", "I", "DII"])


def test_unknown_leads_pass_by_name() -> None:
    odd = Recording([[1], [2], [3]], ["MLII", "I", "II"], 500)
    assert standard(odd, ["III", "MLII"]).signal.tolist() == [[1], [1]]
    assert reorder(odd).leads == ("I", "II", "MLII")
    assert reorder(reorder(odd)).leads == ("I", "II", "MLII")


def test_what_can_be_had_is_said_before_asking(recorded: Maker) -> None:
    whole = recorded()
    assert obtainable(whole.select(["V1", "III", "aVL"])) == (*LIMB, "V1")
    assert obtainable(whole.select(["V1", "III"])) == ("III", "V1")
    assert obtainable(whole.select(["V1"]), ["I"]) == ()


def test_einthovens_law_is_measured_in_millivolts(recorded: Maker) -> None:
    whole = recorded()
    assert max(einthoven_error(whole).values()) < 1e-6
    signal = whole.signal.copy()
    signal[3] += 0.2
    signal[4, :100] = np.nan
    signal[5] = np.inf
    errors = einthoven_error(Recording(signal, LEADS, 500))
    assert errors["III"] < 1e-6
    assert errors["aVR"] == pytest.approx(0.2, abs=1e-5)
    assert errors["aVL"] < 1e-6
    assert np.isnan(errors["aVF"])


@pytest.mark.parametrize("leads", [["I", "II", "V1"], ["II", "III"]])
def test_the_law_needs_three_limb_leads(recorded: Maker, leads: list[str]) -> None:
    with pytest.raises(LeadError):
        einthoven_error(recorded().select(leads))
