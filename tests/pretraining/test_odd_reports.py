"""MELP's sum on reports that are no reports: nothing crashes, nothing shifts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import einthoven as ein
from einthoven.gathering import Cohort
from einthoven.pretraining import Caption, Contrast, Local, Sum
from einthoven.pretraining.batches import Reports

ODD = (
    None,
    "",
    "sinus rhythm without any full stop here",
    " ".join(["extraordinarily"] * 10_000),
    "Sinusrhythmus, überdrehter Linkstyp, AV-Block ersten Grades",
    "窦性心律。左束支传导阻滞，请结合临床",
    "atrial\x00 \x07fibrillation\x1b[31m with\x85 rapid\n\r\tresponse",
    "....",
)


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    plain = ein.simulate(16, seed=3, fs=100)
    studies = [replace(study, report=ODD[row]) if row < len(ODD) else study for row, study in enumerate(plain)]
    return Cohort("odd", tuple(studies), {"train": range(16)})


def test_melps_sum_trains_on_them(cohort: Cohort) -> None:
    ecg, report = ein.encoder("melp-tiny", seed=0), ein.encoder("report-tiny", causal=True, seed=0)
    objective = Sum(
        (1.0, Contrast(ecg, report)), (2.0, Caption(ecg, report, depth=1, heads=2)), (0.2, Local(ecg, report))
    )
    model = ein.pretrain(objective, cohort, steps=3, batch=16, sentences=0.5, progress=False, val=None)
    assert all(torch.isfinite(weight).all() for weight in model.parameters())


def test_each_report_stays_beside_its_ecg(cohort: Cohort) -> None:
    encoder = ein.encoder("report-tiny", seed=0)
    ein.pretrain(Contrast(ein.encoder("resnet-tiny"), encoder), cohort, steps=1, batch=16, progress=False, val=None)
    reports = [study.report for study in cohort]
    order = np.random.default_rng(0).permutation(len(reports))
    words, present, _ = Reports(reports, encoder.prepare).take(order)
    for place, row in enumerate(order):
        text = (reports[row] or "").strip()
        assert bool(present[place]) == bool(text)
        alone = encoder.prepare([text])
        torch.testing.assert_close(words.ids[place][words.mask[place]], alone.ids[0][alone.mask[0]])
