from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from einthoven.drawing.fields import DEFECTS, Fields
from einthoven.encoding.fields import field_pictures

CASES = list(product(("grid", "concat"), (None, (64, 96)), ((), DEFECTS, ("clip",), ("seam",), ("alias",)), (2, 4, 7)))


def beats() -> np.ndarray:
    found = np.random.default_rng(0).normal(size=(4, 12, 30)).cumsum(2).astype(np.float32)
    found[1] = np.round(found[1])  # many equal samples: quantiles fall together
    found[2, 3] = 0
    return found


@pytest.mark.parametrize(("style", "size", "defects", "bins"), CASES)
def test_the_twin_in_torch_makes_the_same_pictures(
    style: str, size: tuple[int, int] | None, defects: tuple[str, ...], bins: int
) -> None:
    recipe = Fields(style=style, defects=defects, bins=bins)
    there = np.random.default_rng(1).random((4, 12)) > 0.3
    there[0], there[3] = True, False
    made = field_pictures(recipe, torch.from_numpy(beats()), torch.from_numpy(there), size=size)
    np.testing.assert_allclose(made.numpy(), recipe(beats(), there, size=size), atol=1e-6)


def test_all_leads_are_there_unless_told_and_other_channels_stay_black() -> None:
    recipe = Fields(methods=("gaf",))
    made = field_pictures(recipe, torch.from_numpy(beats()), size=(32, 32))
    np.testing.assert_allclose(made.numpy(), recipe(beats(), size=(32, 32)), atol=1e-6)
    assert not made[:, :2].any()
    assert made.dtype == torch.float32
