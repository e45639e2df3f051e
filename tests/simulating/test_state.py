from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from einthoven.simulating.chambers import PHENOTYPES
from einthoven.simulating.conditions import table
from einthoven.simulating.state import Dials, State, states


@pytest.fixture(scope="module")
def natural() -> State:
    return states(5, range(6000))


@pytest.fixture(scope="module")
def enriched() -> State:
    return states(5, range(4000), Dials(enriched=True))


def flat(state: State) -> dict[str, np.ndarray]:
    parts = {f"body.{k}": v for k, v in vars(state.body).items()} | {"rate": state.rate}
    parts |= {f"chambers.{k}": v for k, v in vars(state.chambers).items() if k != "reported"}
    parts |= {f"reported.{k}": v for k, v in state.chambers.reported.items()}
    return parts | {f"c.{k}": v for k, v in state.conditions.severity.items()}


def test_a_patient_is_the_same_alone_and_among_others(natural: State) -> None:
    everyone = flat(natural)
    for number in (0, 1, 17, 4099):
        for name, value in flat(states(5, [number])).items():
            assert value[0] == everyone[name][number], name


def test_ages_are_those_of_a_hospital_archive(natural: State) -> None:
    age = natural.body.age
    assert age.min() >= 17
    assert age.max() <= 95
    assert np.percentile(age, [25, 50, 75]) == pytest.approx([50, 62, 73], abs=2)


def test_rows_of_one_group_exclude_each_other(enriched: State) -> None:
    groups: dict[str, list[str]] = {}
    for row in table("findings")["finding"]:
        groups.setdefault(row.get("group", row["name"]), []).append(row["name"])
    for names in groups.values():
        assert (np.sum([enriched.conditions[name] > 0 for name in names], axis=0) <= 1).all()


def test_findings_come_about_as_often_as_the_table_says(enriched: State, natural: State) -> None:
    for state, column in ((enriched, "enriched"), (natural, "natural")):
        for row in table("findings")["finding"]:
            if "boost" not in row:
                share = (state.conditions[row["name"]] > 0).mean()
                assert 0.5 * row[column] - 0.004 < share < 1.6 * row[column] + 0.004, row["name"]


def test_age_sex_and_company_shape_the_odds(natural: State) -> None:
    c, body = natural.conditions, natural.body
    infarct = c.has("inferior_infarct")
    assert infarct[body.male].mean() > 1.4 * infarct[~body.male].mean()
    fibrillation = c.has("afib")
    assert fibrillation[body.age > 75].mean() > 3 * fibrillation[body.age < 50].mean()
    assert c.has("lbbb")[c.has("dcm")].mean() > 3 * c.has("lbbb").mean()


def test_diseases_gather_in_patients(natural: State) -> None:
    """42 of 71 infarcts of PTB-XL come with another superclass: findings are not independent."""
    rows = np.array(
        [natural.conditions["lvh"] > 0, natural.conditions.has("inferior_infarct"), natural.conditions.has("pvc")]
    )
    together, apart = (rows.sum(0) >= 2).mean(), 1 - rows.any(0).mean()
    shares = rows.mean(1)
    assert apart > np.prod(1 - shares)
    assert together > 1.2 * (shares[0] * shares[1] + shares[0] * shares[2] + shares[1] * shares[2])


def test_reported_phenotypes_obey_their_definitions(natural: State) -> None:
    p = natural.chambers.reported
    assert set(p) == set(PHENOTYPES)
    assert np.allclose(p["LVSV"], p["LVEDV"] - p["LVESV"])
    assert np.allclose(p["LVEF"], 100 * p["LVSV"] / p["LVEDV"])
    assert np.allclose(p["RVEF"], 100 * p["RVSV"] / p["RVEDV"])
    assert np.allclose(p["LVCO"], p["LVSV"] * natural.rate / 1000)
    assert min(value.min() for value in p.values()) > 0


def test_chambers_of_the_healthy_have_published_means(natural: State) -> None:
    """Petersen et al. (2017): 804 healthy people of 45-74 years; within 8 % (men, women)."""
    published = {"LVEDV": (166, 124), "LVSV": (96, 75), "LVEF": (58, 61), "LVM": (103, 70), "RVEDV": (182, 130)}
    ill = np.any([value > 0 for value in natural.conditions.severity.values()], axis=0)
    fit = ~ill & (natural.body.age > 45) & (natural.body.age < 75)
    for name, (men, women) in published.items():
        values = natural.chambers.reported[name]
        assert values[fit & natural.body.male].mean() == pytest.approx(men, rel=0.08), name
        assert values[fit & ~natural.body.male].mean() == pytest.approx(women, rel=0.08), name


def test_disease_reaches_the_chambers(natural: State) -> None:
    c, p = natural.conditions, natural.chambers.reported
    assert p["LVEF"][c.has("lbbb")].mean() < p["LVEF"].mean() - 4
    assert p["LVEDV"][c.has("dcm")].mean() > 1.2 * p["LVEDV"].mean()
    assert p["LVM"][c.has("lvh")].mean() > 1.2 * p["LVM"].mean()


def test_the_seed_and_the_dials_travel_with_the_state() -> None:
    state = states(9, [3], Dials(link=0.5))
    assert (state.seed, state.numbers, state.dials.link) == (9, (3,), 0.5)
    assert dataclasses.replace(state.dials, link=1.0) == Dials()


def test_rates_fit_the_rhythm(enriched: State) -> None:
    c, rate = enriched.conditions, enriched.rate
    assert rate[c.has("av_block_3")].max() < 50
    assert rate[c.has("svt")].min() >= 150
    assert 60 < np.median(rate) < 75
    assert rate.min() > 25
