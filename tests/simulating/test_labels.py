from __future__ import annotations

import numpy as np
import pytest

from einthoven.recording import LEADS
from einthoven.simulating.ecg import Plan, ecgs, plan
from einthoven.simulating.labels import KNOWN, RULES, findings, labels
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.rhythm import beats
from einthoven.simulating.state import Dials

PTBXL = set(
    """NDT NST_ DIG LNGQT NORM IMI ASMI LVH LAFB ISC_ IRBBB 1AVB IVCD ISCAL CRBBB CLBBB ILMI LAO/LAE AMI ALMI ISCIN
    INJAS LMI ISCIL LPFB ISCAS INJAL ISCLA RVH ANEUR RAO/RAE EL WPW ILBBB IPLMI ISCAN IPMI SEHYP INJIN INJLA PMI 3AVB
    INJIL 2AVB ABQRS PVC STD_ VCLVH QWAVE LOWT NT_ PAC LPR INVT LVOLT HVOLT TAB_ STE_ PRC(S) SR AFIB STACH SARRH SBRAD
    PACE SVARR BIGU AFLT SVTAC PSVT TRIGU""".split()  # noqa: SIM905
)
"""The 71 statements of PTB-XL (Wagner et al., 2020)."""
FORM_AND_RHYTHM = set(
    """ABQRS STD_ VCLVH QWAVE LOWT NT_ PAC LPR INVT LVOLT HVOLT TAB_ STE_ SR AFIB STACH SARRH SBRAD SVARR BIGU SVTAC
    TRIGU""".split()  # noqa: SIM905
)
RHYTHMS = {"SR", "AFIB", "AFLT", "SVTAC", "PACE", "STACH", "SBRAD", "SARRH", "3AVB"}


@pytest.fixture(scope="module")
def many() -> Plan:
    return plan(21, range(3000), Dials(enriched=True))


@pytest.fixture(scope="module")
def measured(many: Plan) -> Measured:
    return measure(many)


@pytest.fixture(scope="module")
def codes(many: Plan, measured: Measured) -> list[dict[str, float]]:
    return labels(many, measured)


def who(codes: list[dict[str, float]], code: str) -> np.ndarray:
    return np.array([code in row for row in codes])


def test_all_codes_are_ptbxls_and_all_come(codes: list[dict[str, float]]) -> None:
    assert len(PTBXL) == 71
    assert set(KNOWN) <= PTBXL
    assert len(KNOWN) == len(set(KNOWN)) >= 60
    assert {code for row in codes for code in row} == set(KNOWN)


def test_likelihoods_are_those_ptbxl_uses(codes: list[dict[str, float]]) -> None:
    for row in codes:
        for code, likelihood in row.items():
            allowed = (
                {0.0}
                if code in FORM_AND_RHYTHM
                else {0.0, 100.0}
                if code == "NST_"
                else {15.0, 35.0, 50.0, 80.0, 100.0}
            )
            assert likelihood in allowed, (code, likelihood)


def test_everyone_has_one_rhythm(codes: list[dict[str, float]]) -> None:
    assert {len(RHYTHMS & set(row)) for row in codes} == {1}


def test_normal_means_nothing_but_sinus_rhythm(codes: list[dict[str, float]]) -> None:
    assert all((set(row) == {"SR", "NORM"}) == ("NORM" in row) for row in codes)
    assert all("NORM" in row for row in codes if set(row) <= {"SR", "NORM"})


def test_the_enriched_preset_has_every_finding_between_one_and_twenty_percent() -> None:
    shares = findings()
    assert set(shares) == set(KNOWN)
    assert all(0.01 <= shares[code] <= 0.20 for code in set(KNOWN) - {"SR", "NORM"})


@pytest.mark.parametrize("enriched", [True, False])
def test_documented_prevalences_hold_for_other_patients(enriched: bool) -> None:
    other, shares = plan(77, range(2500), Dials(enriched=enriched)), findings(enriched=enriched)
    rows = labels(other, measure(other))
    for code, share in shares.items():
        wide = 5 * np.sqrt(share * (1 - share) / 2500) + 0.001
        assert abs(who(rows, code).mean() - share) < wide, code


def test_natural_prevalences_are_near_those_of_ptbxl() -> None:
    """Folds 1-8 of PTB-XL, in percent; within a factor of two where a code has one percent or more."""
    real = {"IMI": 12.6, "LVH": 9.8, "AFIB": 6.9, "PVC": 5.3, "LAFB": 7.5, "IRBBB": 5.1, "STACH": 3.8, "SARRH": 3.6,
            "NDT": 8.4, "SBRAD": 2.9, "CLBBB": 2.5, "CRBBB": 2.5, "IVCD": 3.6, "1AVB": 3.7, "ISC_": 5.9, "STD_": 4.6,
            "ASMI": 10.9, "PAC": 1.8, "QWAVE": 2.5, "LOWT": 2.0, "PACE": 1.4, "VCLVH": 4.0,
            "NST_": 3.5, "SR": 77.0}  # fmt: skip
    shares = findings(enriched=False)
    assert all(share / 2.6 < 100 * shares[code] < share * 2.6 for code, share in real.items())


def test_rate_codes_agree_with_the_rate(codes: list[dict[str, float]], measured: Measured) -> None:
    assert measured.rate[who(codes, "STACH")].min() > 95
    assert measured.rate[who(codes, "SBRAD")].max() < 60
    assert measured.rate[who(codes, "SR")].max() < 103


def test_borderline_rates_are_called_by_some_readers_only(
    codes: list[dict[str, float]], measured: Measured, many: Plan
) -> None:
    border = (measured.rate > 47) & (measured.rate < 56) & (np.array(many.tempo.mode) == "sinus")
    assert 0.1 < who(codes, "SBRAD")[border].mean() < 0.9


def test_conduction_codes_agree_with_the_intervals(codes: list[dict[str, float]], measured: Measured) -> None:
    assert np.nanmin(measured.pr[who(codes, "1AVB")]) > 0.2
    assert measured.qrs[who(codes, "CLBBB")].min() >= 0.12
    assert measured.qrs[who(codes, "CRBBB")].min() >= 0.118
    assert measured.axis[who(codes, "LAFB")].max() < -38
    assert measured.qtc[who(codes, "LNGQT")].min() > 0.46


def test_voltage_codes_agree_with_the_drawn_signal(codes: list[dict[str, float]], many: Plan) -> None:
    """Read the clean drawing itself: low voltage below 0.5 mV in limb leads, hypertrophy above a voltage criterion."""
    index = {name: row for row, name in enumerate(LEADS)}
    for code in ("LVOLT", "LVH"):
        for number in np.flatnonzero(who(codes, code))[:25].tolist():
            signal = ecgs(21, [number], dials=Dials(enriched=True, noise=0.0))[0]
            when = beats(many.tempo, number, 10)
            times = when.r[~when.wide & (when.r > 0.5) & (when.r < 9.5)]
            qrs = np.median([signal[:, round(500 * t) - 40 : round(500 * t) + 40] for t in times], axis=0)
            qrs = qrs - qrs[:, :1] if many.tempo.mode[number] in ("afib", "flutter") else qrs
            r, s = qrs.max(1), -qrs.min(1)
            if code == "LVOLT":
                assert (r + s)[:6].max() < 0.65
            else:
                sokolow, cornell = (
                    s[index["V1"]] + max(r[index["V5"]], r[index["V6"]]),
                    r[index["aVL"]] + s[index["V3"]],
                )
                assert sokolow > 3.2 or cornell > 2.0


def test_infarcts_that_do_not_show_get_no_code(codes: list[dict[str, float]], many: Plan) -> None:
    size = many.state.conditions["inferior_infarct"]
    named = who(codes, "IMI")
    assert named[(size > 0) & (size < 0.15)].mean() < 0.75 * named[size > 0.6].mean()
    blocked = many.state.conditions.has("lbbb", "paced", "preexcitation")
    assert not (named & blocked).any()


def test_larger_infarcts_are_called_more_surely(codes: list[dict[str, float]], many: Plan) -> None:
    size = many.state.conditions["inferior_infarct"]
    sure = np.array([row.get("IMI", 0.0) for row in codes])
    assert sure[size > 0.7].mean() > sure[(size > 0) & (size < 0.3)].mean() + 20


def test_some_healthy_people_get_a_doubtful_infarct(codes: list[dict[str, float]], many: Plan) -> None:
    healthy = ~many.state.conditions.has("inferior_infarct", "inferolateral_infarct", "inferoposterior_infarct")
    doubted = [row["IMI"] for row, well in zip(codes, healthy, strict=True) if well and "IMI" in row]
    assert doubted
    assert max(doubted) <= 50


def test_every_rule_stands_alone() -> None:
    assert all(callable(rule) for rule in RULES.values())


def test_a_block_that_no_beat_shows_is_not_named(codes: list[dict[str, float]], measured: Measured, many: Plan) -> None:
    """Where every beat begins in a ventricle there is no bundle branch to speak of."""
    wide = measured.wide_only > 0
    assert {many.tempo.mode[row] for row in np.flatnonzero(wide)} == {"paced", "av_block_3"}
    assert not any(
        set(codes[row]) & {"CLBBB", "CRBBB", "IRBBB", "IVCD", "LAFB", "IMI", "LVH"} for row in np.flatnonzero(wide)
    )
