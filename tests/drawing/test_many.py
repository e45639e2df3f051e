"""Page k of a seed is the same page with any number of workers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from operator import attrgetter

import numpy as np
import pytest

from einthoven.drawing import Style, Wear, paint_many
from einthoven.errors import EinthovenError
from einthoven.recording import LEADS, Recording

WORN = Wear(rotation=(0, 5), corners=0.03, marks=3, light=0.3, folds=1, noise=3, jpeg=(40, 90))
TOLD = attrgetter("style.layout", "wear", "pixels", "truth.points")


@pytest.fixture
def recordings(recorded: Callable[..., Recording]) -> list[Recording]:
    return [recorded(seed) for seed in range(5)]


def alike(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return one[:2] == other[:2] and all(np.array_equal(*pair) for pair in zip(one[2:], other[2:], strict=True))


def test_workers_draw_what_one_process_draws(recordings: list[Recording]) -> None:
    alone = list(paint_many(recordings, TOLD, wear=WORN, seed=3, dpi=50))
    crew = list(paint_many(recordings, TOLD, wear=WORN, seed=3, dpi=50, workers=2))
    assert all(map(alike, alone, crew))
    assert len(crew) == len({page[1] for page in crew}) == 5


def test_a_batch_may_begin_anywhere(recordings: list[Recording]) -> None:
    whole = list(paint_many(recordings, TOLD, wear=WORN, seed=3, dpi=50))
    part = list(paint_many(recordings[3:], TOLD, wear=WORN, seed=3, dpi=50, start=3))
    assert all(map(alike, whole[3:], part))
    assert not alike(whole[0], part[0])


def test_a_style_may_be_the_same_for_all(recordings: list[Recording]) -> None:
    shapes = list(paint_many(recordings, attrgetter("pixels.shape"), style=Style(dpi=50, layout="6x2")))
    assert len(shapes) == 5
    assert len(set(shapes)) == 1


def test_a_worker_that_is_killed_is_said_to_be() -> None:
    """Of recordings small enough for a pipe to hold: see the note in `paint_many`."""
    small = [Recording(np.zeros((12, 250), np.float32), LEADS, 25)] * 20
    pages = paint_many(small, attrgetter("pixels.shape"), style=Style(dpi=50), workers=2)
    next(pages)
    for worker in multiprocessing.active_children():
        worker.kill()
    with pytest.raises(EinthovenError, match="a worker process lives until its work is done; one was killed"):
        list(pages)
