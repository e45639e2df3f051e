"""What devices and hands do to a record, and that the laws of the leads survive it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, lfilter

from einthoven.recording import LEADS
from einthoven.simulating import ecgs, simulate
from einthoven.simulating.device import FAULTS, Device, device, disturbed, rounded
from einthoven.simulating.state import Dials, states

ROW = {name: LEADS.index(name) for name in LEADS}


def one(*, fault: int = -1, high_pass: float = 0.0, step: int = 1) -> Device:
    return Device(np.zeros(1), np.array([high_pass]), np.array([step]), np.array([fault]))


def eight(samples: int = 2000) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(8, samples)).cumsum(axis=1) * 0.01 + 0.3


def twelve(signal: np.ndarray) -> dict[str, np.ndarray]:
    first, second = signal[:2]
    limb = (first, second, second - first, -(first + second) / 2, first - second / 2, second - first / 2)
    return dict(zip(LEADS, [*limb, *signal[2:]], strict=True))


def test_swapping_the_arms_turns_lead_i_and_exchanges_ii_with_iii_and_avr_with_avl() -> None:
    right = eight()
    wrong = right.copy()
    disturbed(wrong, one(fault=FAULTS.index("right arm and left arm swapped")), 0, fs=500)
    before, after = twelve(right), twelve(wrong)
    assert np.allclose(after["I"], -before["I"])
    assert np.allclose(after["II"], before["III"])
    assert np.allclose(after["aVR"], before["aVL"])
    assert np.allclose(after["aVF"], before["aVF"])
    assert np.array_equal(after["V3"], before["V3"])


def test_swapping_an_arm_with_the_leg_moves_the_leads_as_geometry_says() -> None:
    right = eight()
    arm_leg, left_leg = right.copy(), right.copy()
    disturbed(arm_leg, one(fault=FAULTS.index("right arm and left leg swapped")), 0, fs=500)
    disturbed(left_leg, one(fault=FAULTS.index("left arm and left leg swapped")), 0, fs=500)
    before = twelve(right)
    assert np.allclose(twelve(arm_leg)["II"], -before["II"])
    assert np.allclose(twelve(arm_leg)["I"], -before["III"])
    assert np.allclose(twelve(left_leg)["I"], before["II"])
    assert np.allclose(twelve(left_leg)["III"], -before["III"])


def test_chest_electrodes_are_exchanged_or_missing() -> None:
    right = eight()
    swapped, gone = right.copy(), right.copy()
    disturbed(swapped, one(fault=FAULTS.index("V2 and V3 swapped")), 0, fs=500)
    disturbed(gone, one(fault=FAULTS.index("V5 not connected")), 0, fs=500)
    assert np.array_equal(swapped[[3, 4]], right[[4, 3]])
    assert np.array_equal(np.delete(swapped, [3, 4], 0), np.delete(right, [3, 4], 0))
    assert not gone[6].any()
    assert np.array_equal(np.delete(gone, 6, 0), np.delete(right, 6, 0))


def test_the_high_pass_is_first_order_and_stops_a_constant() -> None:
    signal = eight(5000)
    level = signal[:, :500].mean(axis=1, keepdims=True)
    seen = signal.copy()
    disturbed(seen, one(high_pass=0.5), 0, fs=500)
    assert np.allclose(seen, lfilter(*butter(1, 0.5, "high", fs=500), signal - level, axis=1), atol=2e-3)
    still = np.ones((8, 1000))
    disturbed(still, one(high_pass=0.5), 0, fs=500)
    assert np.abs(still).max() < 1e-9


@pytest.mark.parametrize("step", [1, 5, 40])
def test_rounding_leaves_steps_and_whole_microvolts_in_all_twelve_leads(step: int) -> None:
    signal = eight()
    coarse = signal.copy()
    rounded(coarse, step)
    assert np.abs(coarse / 1000 - signal).max() <= step / 1000 + 1e-9
    assert not (coarse[2:] % step).any()
    assert all(not (lead % 1).any() for lead in twelve(coarse).values())


def test_sites_differ_in_their_shares() -> None:
    shares = {name: device(states(0, range(3000), Dials(site=name))) for name in ("archive", "abroad", "biobank")}
    coarse = {name: (one.step > 1).mean() for name, one in shares.items()}
    assert coarse["biobank"] < coarse["archive"] < coarse["abroad"]
    wrong = (shares["archive"].fault >= 0).mean()
    assert 0.008 < wrong < 0.028
    assert len(set(shares["archive"].fault.tolist())) > 8


def test_a_clean_record_has_no_faults_and_no_coarse_steps() -> None:
    clean = device(states(0, range(500), Dials(noise=0)))
    assert (clean.fault == -1).all()
    assert (clean.step == 1).all()
    assert not clean.high_pass.any()


def test_a_fault_is_on_the_page_of_truth_and_in_the_signal() -> None:
    studies = simulate(600, seed=4, fs=100, site="emergency")
    gone = [study for study in studies if str(study.extra["electrodes"]).endswith("not connected")]
    assert gone
    for study in gone:
        lead = str(study.extra["electrodes"]).split()[0]
        assert not study.recording.signal[ROW[lead]].any()
    assert any("arm" in str(study.extra["electrodes"]) for study in studies)


def test_the_laws_hold_in_integers_at_every_site_whatever_the_device() -> None:
    for name in ("emergency", "abroad"):
        whole = np.rint(ecgs(9, range(80), fs=100, dials=Dials(site=name)) * 1000).astype(np.int64)
        first, second = whole[:, 0], whole[:, 1]
        assert np.array_equal(whole[:, 2], second - first)
        assert np.array_equal(2 * whole[:, 3], -(first + second))
        assert np.array_equal(2 * whole[:, 4], 2 * first - second)
        assert np.array_equal(2 * whole[:, 5], 2 * second - first)
