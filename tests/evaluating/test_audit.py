"""What a flawless reader scores on the labels that everybody shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.metrics import roc_auc_score

from einthoven.errors import EvaluationError
from einthoven.evaluating import evaluate
from einthoven.gathering import gather, task
from einthoven.gathering.miniatures import miniature


@pytest.mark.parametrize(("of", "name"), [("chapman", "csn"), ("ptbxl_sub_class", "subclass")])
def test_the_oracle_falls_short_where_labels_are_wrong(of: str, name: str, tmp_path: Path) -> None:
    cohort = gather("label-table", miniature("label-table", tmp_path, n=300, seed=3, of=of))
    results = evaluate("audit", (), cohort, task=name)
    legacy = task(f"{name}-legacy")
    wrong, right = (one.targets(cohort.split("test"))[0] for one in (legacy, task(name).only(legacy.classes)))
    aucs = [
        roc_auc_score(wrong[:, k], right[:, k].astype(float))
        for k in range(wrong.shape[1])
        if 0 < wrong[:, k].sum() < len(wrong)
    ]
    assert results.value(subject="oracle", target="macro") == pytest.approx(sum(aucs) / len(aucs))
    assert 0.5 < sum(aucs) / len(aucs) < 1
    assert results.value(metric="studies with a wrong label") == (wrong != right).any(axis=1).sum() > 0
    assert "SYNTHETIC" in str(results)


def test_a_task_without_legacy_labels_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"task superclass has none. Choose task csn or subclass"):
        evaluate("audit", (), gather("simulated", n=10), task="superclass")


def test_studies_without_legacy_labels_are_refused() -> None:
    cohort = gather("simulated", n=10)
    with pytest.raises(EvaluationError, match="has none for task csn in test"):
        evaluate("audit", (), cohort, task="csn")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("table", "name", "score", "wrong"),
    [
        ("labels/csn_labels.csv.gz", "csn", 95.34, 772),
        ("ptb-xl-text/ptbxl_all_labels.csv.gz", "subclass", 93.37, 214),
    ],
)
def test_the_public_label_files_cost_an_oracle_what_was_counted(
    real: Path, table: str, name: str, score: float, wrong: int
) -> None:
    results = evaluate("audit", (), gather("label-table", real / table), task=name)
    assert round(100 * results.value(subject="oracle", target="macro"), 2) == score
    assert results.value(metric="studies with a wrong label") == wrong
