"""Page k of a seed is the same page with any number of workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import numpy as np
import pytest

from einthoven.drawing import Page, Style, paint_many
from einthoven.errors import EinthovenError
from einthoven.recording import Recording


def told(page: Page) -> tuple[int, str, bytes, bytes]:
    return os.getpid(), page.style.layout_name, page.pixels.tobytes(), page.truth.points.tobytes()


def dies(page: Page) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def recordings(recorded: Callable[..., Recording]) -> list[Recording]:
    return [recorded(seed) for seed in range(5)]


def test_workers_draw_what_one_process_draws(recordings: list[Recording]) -> None:
    alone = list(paint_many(recordings, told, wear="scan", seed=3, dpi=50))
    crew = list(paint_many(recordings, told, wear="scan", seed=3, dpi=50, workers=2))
    assert [page[1:] for page in alone] == [page[1:] for page in crew]
    assert {page[0] for page in alone} == {os.getpid()}
    assert os.getpid() not in {page[0] for page in crew}


def test_a_batch_may_begin_anywhere(recordings: list[Recording]) -> None:
    whole = list(paint_many(recordings, told, wear="scan", seed=3, dpi=50))
    part = list(paint_many(recordings[3:], told, wear="scan", seed=3, dpi=50, start=3))
    assert [page[1:] for page in whole[3:]] == [page[1:] for page in part]


def test_a_style_may_be_the_same_for_all(recordings: list[Recording]) -> None:
    shapes = list(paint_many(recordings, lambda page: page.pixels.shape, style=Style(dpi=50, layout="6x2")))
    assert len(set(shapes)) == 1
    assert np.prod(shapes[0]) > 0


def test_a_worker_that_is_killed_is_said_to_be(recordings: list[Recording]) -> None:
    with pytest.raises(EinthovenError, match="a worker process lives until its work is done; one was killed"):
        list(paint_many(recordings, dies, style=Style(dpi=50), workers=2))
