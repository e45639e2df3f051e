"""Sites differ as their rows say."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import ConfigError
from einthoven.simulating import simulate, sites
from einthoven.simulating.noise import levels
from einthoven.simulating.sites import site
from einthoven.simulating.state import Dials, states


@pytest.mark.parametrize("name", sites())
def test_ages_stay_within_the_site_and_around_its_middle(name: str) -> None:
    row, age = site(name), states(1, range(2000), Dials(site=name)).body.age
    assert age.min() >= row.youngest
    assert age.max() <= row.oldest
    assert abs(np.median(age) - row.middle) < 2.5


def test_volunteers_are_healthier_than_patients() -> None:
    normal = {name: np.mean(["NORM" in one.labels for one in simulate(500, seed=2, site=name)]) for name in sites()}
    assert normal["biobank"] > normal["archive"] + 0.1 > normal["emergency"]


def test_an_emergency_room_is_noisier() -> None:
    loud, calm = (levels(states(0, range(500), Dials(site=name))) for name in ("emergency", "archive"))
    assert np.median(loud.muscle) == pytest.approx(1.5 * np.median(calm.muscle))
    assert np.median(loud.drift) == pytest.approx(1.6 * np.median(calm.drift))
    assert (loud.artefact > 0).mean() > 1.4 * (calm.artefact > 0).mean()


def test_an_unknown_site_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"simulated at a site; site='moon' came"):
        simulate(1, site="moon")
