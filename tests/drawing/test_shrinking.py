from __future__ import annotations

import numpy as np
import pytest

from einthoven.drawing.shrinking import shrunk, weights

PICTURE = np.random.default_rng(0).random((37, 91), np.float32)


@pytest.mark.parametrize("size", [(37, 91), (16, 40), (5, 7), (80, 200), (1, 1)])
def test_skipping_is_the_bilinear_resize_of_opencv(size: tuple[int, int]) -> None:
    cv2 = pytest.importorskip("cv2")
    np.testing.assert_allclose(shrunk(PICTURE, size, skip=True), cv2.resize(PICTURE, size[::-1]), atol=1e-6)


@pytest.mark.parametrize("size", [(37, 91), (16, 40), (5, 7), (1, 1)])
def test_not_skipping_is_the_mean_over_areas(size: tuple[int, int]) -> None:
    fine = np.repeat(np.repeat(PICTURE, size[0], 0), size[1], 1)  # every old and every new pixel is a whole block
    means = fine.reshape(size[0], 37, size[1], 91).mean((1, 3))
    np.testing.assert_allclose(shrunk(PICTURE, size, skip=False), means, atol=1e-5)


@pytest.mark.parametrize("skip", [True, False])
def test_weights_shrink_as_pictures_do_and_sum_to_one(skip: bool) -> None:
    rows, columns = weights(37, 16, skip=skip), weights(91, 40, skip=skip)
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(rows @ PICTURE @ columns.T, shrunk(PICTURE, (16, 40), skip=skip), atol=1e-6)


def test_no_size_is_no_shrinking() -> None:
    assert shrunk(PICTURE, None, skip=True) is PICTURE
