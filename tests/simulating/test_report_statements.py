from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from einthoven.simulating.labels import KNOWN
from einthoven.simulating.report_phrases import entries
from einthoven.simulating.report_reader import DRAWS, Reader, Statement
from einthoven.simulating.report_seen import Seen
from einthoven.simulating.report_statements import abnormal, closed, remarks, statements, verdict

Readers = Callable[..., list[Reader]]


@pytest.fixture(scope="module")
def readers(one: Callable[..., Seen]) -> Readers:
    def make(n: int, codes: Mapping[str, float]) -> list[Reader]:
        return [Reader(row, one(), "long", codes) for row in np.random.default_rng(1).random((n, DRAWS)).tolist()]

    return make


def _all(said: Mapping[str, list[Statement]]) -> int:
    return sum(map(len, said.values()))


def test_every_code_becomes_a_statement_in_its_part(readers: Readers) -> None:
    for code in KNOWN:
        likelihood = 100.0
        said = [statements(reader, {code: likelihood}) for reader in readers(4, {code: likelihood})]
        part = entries("code")[code].part
        assert all(_all(row) == len(row.get(part, ())) == (code != "NORM") for row in said), code


def test_findings_of_form_are_left_out_in_one_of_twenty_five_and_rhythms_never(readers: Readers) -> None:
    codes = {"SR": 0.0, "LOWT": 0.0}
    said = [statements(reader, codes) for reader in readers(2000, codes)]
    assert all(row["rhythm"] for row in said)
    assert 0.03 < np.mean([not row["recovery"] for row in said]) < 0.055


@pytest.mark.parametrize("code", sorted(set(KNOWN) - {"NORM"}))
def test_remarks_never_stand_in_a_part_that_a_code_closes(readers: Readers, code: str) -> None:
    """Comparisons and remarks that a code calls for are no claims that its part is normal."""
    codes = {code: 100.0}
    hidden = closed(codes)
    beside = {name for name, entry in entries("remark").items() if code in entry.row.get("with", ())}
    for reader in readers(12, codes):
        for part, said in remarks(reader, codes, talk=30, numbers=0).items():
            if part in hidden and not beside and part not in ("comparison", "advice", "measures"):
                assert not [text for text in said if "normal" in text.text.split() and "ormal" in text.text[:10]], said


def test_a_left_bundle_branch_block_closes_voltage_infarct_and_recovery() -> None:
    assert {"conduction", "voltage", "infarct", "recovery", "progression"} <= closed({"CLBBB": 100.0})
    assert "voltage" not in closed({"IMI": 100.0})


def test_talkative_styles_say_more(readers: Readers) -> None:
    codes = {"SR": 0.0, "NORM": 100.0}
    few, many = (
        np.mean([_all(remarks(reader, codes, talk=talk, numbers=0.5)) for reader in readers(400, codes)])
        for talk in (0.5, 1.6)
    )
    assert many > 1.8 * few


def test_the_verdict_follows_the_codes(readers: Readers) -> None:
    usual = [verdict(reader, {"NORM": 100.0})[0].text for reader in readers(50, {})]
    assert all("normal" in text.lower() or "within normal limits" in text for text in usual)
    heavy = [said[0].text for reader in readers(200, {}) if (said := verdict(reader, {"IMI": 100.0}))]
    assert 20 < len(heavy) < 100
    assert all("abnormal" in text or "pathological" in text for text in heavy)


def test_what_is_abnormal() -> None:
    assert abnormal({"SR": 0.0, "IMI": 50.0})
    assert abnormal({"AFIB": 0.0})
    assert not abnormal({"SR": 0.0, "LOWT": 0.0, "IMI": 15.0})
    assert not abnormal({"SR": 0.0, "NORM": 100.0})
