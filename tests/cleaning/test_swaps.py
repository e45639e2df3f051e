"""Limb electrodes that changed places are found and put back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from einthoven.cleaning import swaps
from einthoven.cleaning.leads import standard
from einthoven.cleaning.swaps import SWAPS, Swap, swapped, unswap
from einthoven.errors import LeadError, SignalError
from einthoven.recording import LEADS, LIMB, PRECORDIAL, Recording
from einthoven.simulating import simulate

Heart = Callable[..., Recording]
NAMES = [name for name in SWAPS if name]
PLACES = {
    "RA-LA": {"RA": "LA", "LA": "RA"},
    "RA-LL": {"RA": "LL", "LL": "RA"},
    "LA-LL": {"LA": "LL", "LL": "LA"},
    "RA-LA-LL": {"RA": "LA", "LA": "LL", "LL": "RA"},
    "RA-LL-LA": {"RA": "LL", "LL": "LA", "LA": "RA"},
}


@pytest.fixture(scope="module")
def patients() -> list[Recording]:
    return [standard(study.recording, LEADS) for study in simulate(40, seed=11)]


def measured(body: dict[str, np.ndarray], places: dict[str, str]) -> Recording:
    """What a machine measures whose electrodes hang at other places than their names say."""
    ra, la, ll = (body[places.get(name, name)] for name in ("RA", "LA", "LL"))
    wilson = (ra + la + ll) / 3
    limb = [la - ra, ll - ra, ll - la, 1.5 * (ra - wilson), 1.5 * (la - wilson), 1.5 * (ll - wilson)]
    return Recording(np.float32([*limb, *(body[name] - wilson for name in PRECORDIAL)]), LEADS, 500)


def swapping(recording: Recording, name: str) -> Recording:
    wrong = np.float32(SWAPS[name]) @ standard(recording, ("I", "II")).signal
    limb = standard(Recording(wrong, ("I", "II"), recording.fs), LIMB).signal
    return Recording(np.concatenate([limb, recording.select(PRECORDIAL).signal]), LEADS, recording.fs)


@pytest.mark.parametrize("name", NAMES)
def test_the_matrices_are_those_of_the_electrodes(name: str) -> None:
    rng = np.random.default_rng(0)
    body = {place: rng.standard_normal(50) for place in ("RA", "LA", "LL", *PRECORDIAL)}
    right, wrong = measured(body, {}), measured(body, PLACES[name])
    assert wrong.select(["I", "II"]).signal == pytest.approx(
        np.array(SWAPS[name]) @ right.select(["I", "II"]).signal, abs=1e-5
    )
    assert wrong.select(PRECORDIAL).signal == pytest.approx(right.select(PRECORDIAL).signal, abs=1e-5)
    assert unswap(wrong, name).signal == pytest.approx(right.signal, abs=1e-5)


@pytest.mark.parametrize("leads", [("I", "II"), ("II", "aVF", "V1"), LEADS, (*reversed(LEADS), "X")], ids=len)
def test_putting_back_keeps_every_lead_in_its_place(heart: Heart, leads: tuple[str, ...]) -> None:
    rng = np.random.default_rng(1)
    whole = dict(zip(LEADS, heart((1, 2, 3)).signal, strict=True)) | {"X": rng.standard_normal(5000)}
    given = Recording(np.float32([whole[name] for name in leads]), leads, 500)
    back = unswap(given, Swap("RA-LA", 0.9, ()))
    assert back.leads == given.leads
    assert back.history[-1] == "limb electrodes RA-LA put back"
    for name in set(leads) - {*LIMB}:
        assert (back.lead(name) == given.lead(name)).all()
    assert standard(back, ["I"]).signal == pytest.approx(-standard(given, ["I"]).signal, abs=1e-5)
    assert unswap(back, "RA-LA").signal == pytest.approx(given.signal, abs=1e-5)


def test_sound_recordings_are_left_in_peace(patients: list[Recording]) -> None:
    assert sum(swapped(one) is not None for one in patients) <= 1


@pytest.mark.parametrize(("name", "least"), [("RA-LA", 0.85), ("RA-LL", 0.85), ("LA-LL", 0.4)])
def test_swapped_electrodes_are_named(patients: list[Recording], name: str, least: float) -> None:
    found = [swapped(swapping(one, name)) for one in patients]
    assert np.mean([one is not None and one.name == name for one in found]) >= least


def test_a_finding_says_how_sure_and_why(patients: list[Recording]) -> None:
    finding = next(filter(None, (swapped(swapping(one, "RA-LA")) for one in patients)))
    assert finding.name == "RA-LA"
    assert 0.5 < finding.probability <= 1
    assert len(finding.evidence) == 3
    assert finding.evidence[1].startswith("QRS: agrees with the chest leads by -0.")
    assert finding.evidence[1].endswith("with RA-LA undone")


def test_eight_leads_and_another_rate_are_enough(patients: list[Recording]) -> None:
    names = ("I", "II", *PRECORDIAL)
    wrong = [swapping(one, "RA-LA") for one in patients[:10]]
    slow = [Recording(one.select(names).signal[:, ::2], names, 250) for one in wrong]
    assert sum((swapped(one) or Swap("", 0, ())).name == "RA-LA" for one in slow) >= 8


@pytest.mark.parametrize(("name", "flat"), [("RA-RL", "II"), ("LA-RL", "III")])
def test_the_right_leg_on_an_arm_makes_a_lead_flat(heart: Heart, name: str, flat: str) -> None:
    one = heart(np.arange(0.6, 9.5, 0.8), seed=2)
    rng = np.random.default_rng(0)
    quiet = np.float32(0.01 * rng.standard_normal(5000))
    first = one.lead("I")
    limb = [first, quiet] if flat == "II" else [first, first + quiet]
    legs = standard(Recording(np.float32([*limb, *one.select(PRECORDIAL).signal]), ("I", "II", *PRECORDIAL), 500))
    finding = swapped(legs)
    assert finding is not None
    assert finding.name == name
    assert finding.evidence[0].startswith(f"lead {flat} has ")
    with pytest.raises(LeadError, match=r"the potential of one arm was not recorded\. Record again\. See docs/quality"):
        unswap(legs, finding)


def test_an_unknown_swap_is_refused(heart: Heart) -> None:
    with pytest.raises(LeadError) as refusal:
        unswap(heart((1, 2)), "LA-RA")
    assert str(refusal.value) == (
        "a swap that can be undone is one of RA-LA RA-LL LA-LL RA-LA-LL RA-LL-LA; 'LA-RA' came. "
        "Pass what swapped() returned. See docs/quality.md."
    )


def test_missing_chest_leads_are_refused(heart: Heart) -> None:
    with pytest.raises(LeadError, match="V6"):
        swapped(heart((1, 2, 3), leads=LEADS[:-1]))


def test_too_few_beats_are_refused(heart: Heart) -> None:
    with pytest.raises(SignalError, match="fewer than two whole beats came"):
        swapped(heart((1.0,), seconds=2))


def test_wander_and_gaps_do_not_disturb(patients: list[Recording]) -> None:
    found = next(one for one in patients if swapped(swapping(one, "RA-LL")))
    hurt = swapping(found, "RA-LL").signal + np.float32(np.sin(np.arange(5000) / 250))
    hurt[7, 100:900] = np.nan
    finding = swapped(Recording(hurt, LEADS, 500))
    assert finding is not None
    assert finding.name == "RA-LL"


def test_undoing_a_swap_turns_or_mirrors_the_frontal_plane() -> None:
    for matrix in SWAPS.values():
        turned = swaps.PLANE @ np.array(matrix) @ np.linalg.inv(swaps.PLANE)
        assert turned @ turned.T == pytest.approx(np.eye(2), abs=1e-12)


@pytest.mark.realdata
def test_swaps_made_in_real_recordings_are_found(real: Path) -> None:
    files = sorted((real / "ptb-xl" / "records500").rglob("*.dat"))[:80]
    sound = [Recording(np.fromfile(file, "<i2").reshape(-1, 12).T / 1000, LEADS, 500) for file in files]
    assert sum(swapped(one) is not None for one in sound) <= 2
    assert np.mean([(swapped(swapping(one, "RA-LA")) or Swap("", 0, ())).name == "RA-LA" for one in sound]) >= 0.9
