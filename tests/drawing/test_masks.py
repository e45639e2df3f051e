"""A mask is the ink of one lead."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from einthoven.drawing import Style, Wear, paint, worn
from einthoven.recording import Recording

Maker, Look = Callable[..., Recording], Callable[..., Style]


def test_the_masks_together_are_the_ink(gentle: Maker, bare: Look) -> None:
    page = paint(gentle(), bare(layout="6x2"))
    masks = np.stack([page.mask(number) for number in range(len(page.truth.shown))])
    ink = 255 - page.pixels[..., 1].astype(int)
    assert np.abs(masks.max(0) - ink).max() <= 2


@pytest.mark.parametrize("wear", ["none", Wear(rotation=6, corners=0.04)])
def test_a_mask_is_dark_on_its_own_samples_alone(gentle: Maker, bare: Look, wear: Wear | str) -> None:
    page = worn(paint(gentle(), bare(layout="3x4")), wear, seed=1)
    for number in (0, 5, 11):
        own = page.mask(number)
        assert own.shape == page.pixels.shape[:2]
        x, y = np.rint(page.truth.of(number)).astype(int).T
        assert np.median(own[y, x]) > 120
        x, y = np.rint(page.truth.of((number + 4) % 12)).astype(int).T
        assert own[y, x].max() == 0


def test_a_lead_that_is_absent_or_a_gap_has_an_empty_mask(gentle: Maker, bare: Look) -> None:
    recording = gentle().select(["I", "II"])
    holes = recording.signal.copy()
    holes[1] = np.nan
    page = paint(recording.changed("gap", holes), bare(layout="12x1"))
    assert page.mask(0).max() > 200
    assert page.mask(1).max() == 0
    assert page.mask(7).max() == 0
