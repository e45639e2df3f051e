"""Retrieval between any two modalities: duplicates, labels, what cannot be shown, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from einthoven.encoding import Model, Space, encoder
from einthoven.errors import EvaluationError
from einthoven.evaluating import Pupil, Results, Retrieval, evaluate, retrieval
from einthoven.evaluating.likeness import Likeness
from einthoven.gathering import Cohort
from einthoven.recording import LEADS, Recording
from einthoven.simulating import simulate
from einthoven.study import Study

STUDIES = simulate(12, seed=3, fs=100)
FLAT = Recording(np.zeros((12, 1000)), LEADS, 100)


def cohort(*studies: Study) -> Cohort:
    chosen = studies or tuple(STUDIES)
    return Cohort("some", chosen, {"test": range(len(chosen))})


def model(*names: str) -> Model:
    made = {
        "image": encoder("image-tiny", width=16, depth=1, heads=2, size=[32, 32]),
        "report": encoder("report-tiny", width=16, heads=2),
        "ecg": encoder("vit-tiny", width=16, depth=1, heads=2, patch=100),
    }
    made["report"].fit_tokenizer([study.report for study in STUDIES])  # type: ignore[operator]
    chosen = [made[name] for name in names]
    return Model(chosen, spaces={"shared": Space({one.modality: one.width for one in chosen}, width=8)}).eval()


class Seer(Pupil):
    """Sees every study as its own axis, whatever the modality."""

    def vectors(self, studies: Sequence[Study], modality: str, *, space: str = "shared") -> np.ndarray:
        names = sorted(study.id for study in STUDIES)
        return np.eye(len(names), dtype=np.float32)[[names.index(study.id) for study in studies]]


def test_a_model_of_pictures_and_reports_is_examined_by_its_pictures() -> None:
    results = evaluate("retrieval", model("image", "report"), cohort())
    assert {row.subject for row in results} == {"model", "random encoder", "chance"}
    assert {row.target for row in results} == {"image to report", "report to image", "both ways"}
    ways = {row.metric for row in results.find(subject="model", target="image to report")}
    assert ways >= {"R@1", "R@5", "R@10", "MRR", "MnR", "MdR", "P@10", "mAP", "nDCG@10"}
    assert ways == {row.metric for row in results.find(subject="chance")}
    assert {row.detail for row in results} == {"gallery 12"}


def test_pages_find_signals_and_reports_play_no_part() -> None:
    sit = Retrieval(between=("image", "ecg"))
    results = evaluate(sit, model("image", "ecg"), cohort(*(replace(study, report=None) for study in STUDIES)))
    assert {row.target for row in results} == {"image to ECG", "ECG to image", "both ways"}
    assert results.value(subject="chance", metric="R@1", target="both ways") == pytest.approx(1 / 12)
    assert not [row for row in results if row.metric.endswith("own")]


def test_what_has_no_picture_is_left_out_and_said() -> None:
    with_flat = [replace(STUDIES[0], source=FLAT), *STUDIES[1:]]
    results = evaluate(Retrieval(between=("image", "ecg")), model("image", "ecg"), cohort(*with_flat), baselines=False)
    assert {row.n for row in results} == {11}
    assert {row.detail for row in results} == {"gallery 11, 1 could not be shown"}


def seen(results: Results, metric: str) -> float:
    return results.value(subject="seer", metric=metric, target="image to report")


def test_a_seer_is_perfect_and_equal_reports_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    results = evaluate("retrieval", [Seer("seer", model("image", "report"))], cohort())
    assert [seen(results, name) for name in ("R@1", "MRR", "MdR")] == [1, 1, 1]
    blind = Seer("seer", model("image", "report"))
    monkeypatch.setattr(blind, "vectors", lambda studies, *_, **__: np.ones((len(studies), 2), np.float32))
    alike = [replace(study, report="One  and the same.") for study in STUDIES]
    results = evaluate("retrieval", [blind], cohort(*alike))
    assert seen(results, "R@1") == 1  # every report is the right words
    assert seen(results, "R@1 own") == 0  # ties are pessimistic
    assert results.value(subject="chance", metric="R@1 own", target="both ways") == pytest.approx(1 / 12)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pupil = [Pupil("model", model("image", "report"))]
    whole = evaluate("retrieval", pupil, cohort())
    monkeypatch.setattr(retrieval, "BLOCK", 5)
    assert evaluate("retrieval", pupil, cohort()).rows == whole.rows


def test_likeness_is_of_words_of_superclasses_and_of_statements() -> None:
    labels = [{"IMI": 100, "SR": 0}, {"AMI": 50, "SR": 0}, {"IMI": 100, "LVH": 100}, {"SR": 0}, None]
    told = ["A b.", "a  B.", "c", "d", "e"]
    like = Likeness.of([replace(STUDIES[i], labels=labels[i], report=told[i]) for i in range(5)])
    whole = slice(0, 5)
    assert like.same(whole)[0].tolist() == [True, True, False, False, False]
    assert like.alike(whole)[0].tolist() == [True, True, False, False, False]  # MI both; the third also HYP
    assert like.alike(whole)[3].tolist() == [False, False, False, True, False]
    np.testing.assert_allclose(like.overlap(whole)[0], [1, 1 / 3, 1 / 3, 1 / 2, 0])
    np.testing.assert_allclose(like.overlap(whole)[4], [0, 0, 0, 0, 1])
    assert like.counts.tolist() == [2, 2, 1, 1, 1]


def test_a_pair_that_shares_no_space_is_refused() -> None:
    with pytest.raises(EvaluationError, match="what it is asked by share a space; image is not in"):
        evaluate(Retrieval(between=("image", "ecg")), model("ecg", "report"), cohort())


def test_other_protocols_take_pictures_too() -> None:
    results = evaluate("zero-shot", model("image", "report"), cohort(), baselines=False)
    assert results.value(subject="model", metric="AUROC", target="macro") >= 0
