from __future__ import annotations

from collections.abc import Callable

from einthoven.simulating.report_facts import Facts
from einthoven.simulating.report_leads import named, walls

FactsOf = Callable[..., Facts]


def test_leads_are_named_as_readers_name_them() -> None:
    assert named([0, 4, 9, 10, 11]) == "I, aVL, V4-V6"
    assert named([1, 6, 8, 9]) == "II, V1, V3, V4"
    assert named([]) is None


def test_walls_need_two_of_their_leads() -> None:
    assert walls([1, 5]) == "inferior leads"
    assert walls([0, 4, 8, 9, 1, 2]) == "inferior, anterior and lateral leads"
    assert walls([0, 1, 6]) is None


def test_q_in_iii_alone_and_negative_t_in_v1_alone_are_nobodys_finding(facts: FactsOf) -> None:
    assert facts(q={"III": 0.3}, q_time={"III": 0.04})["q_leads"] is None
    assert facts(q={"III": 0.3, "aVF": 0.3}, q_time={"III": 0.04, "aVF": 0.04})["q_leads"] == "III, aVF"
    assert facts(t={"V1": -0.2})["t_leads"] is None
    assert facts(t={"V1": -0.2, "V2": -0.2})["t_leads"] == "V1, V2"
