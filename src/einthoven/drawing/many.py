"""Many pages at once: a pool of processes; page k of a seed is the same with any number of them."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from typing import TypeVar

import cv2

from einthoven.drawing.page import Page
from einthoven.drawing.printers import styles
from einthoven.drawing.raster import paint
from einthoven.drawing.style import Style
from einthoven.drawing.wear import Wear, worn
from einthoven.errors import EinthovenError
from einthoven.recording import Recording

__all__ = ["paint_many"]

R = TypeVar("R")
_AHEAD = 3
"""Pages under way for each worker."""


def paint_many(
    recordings: Iterable[Recording],
    then: Callable[[Page], R],
    *,
    style: Style | None = None,
    wear: Wear | str = "none",
    seed: int = 0,
    start: int = 0,
    dpi: float | None = None,
    header: Sequence[str] = (),
    workers: int = 1,
) -> Iterator[R]:
    """Draw and wear a page of each recording and yield what `then` makes of it, in order.

    Page k depends on the seed, on k and on its recording alone. `then` runs where the page was drawn, so that only
    what is needed of it travels.

    Args:
        recordings: any number of them; they are taken as they are needed.
        then: what becomes of each Page, e.g. a function that writes it or makes it small. For several workers it
            stands at the top of a module, and the program that asks under `if __name__ == "__main__"`.
        style: the same for all; None for random ones.
        wear: how they are worn.
        seed: of styles and wear.
        start: number of the first page.
        dpi: resolution of random styles; None for 100 to 300.
        header: lines for the top of every page.
        workers: processes; 1 works in this one.

    Raises:
        EinthovenError: a worker was killed. Python before 3.12 may wait for ever instead when that happens while a
            recording larger than a pipe is being handed over (cpython issue 94777).

    >>> import numpy as np
    >>> from einthoven.recording import LEADS
    >>> recording = Recording(np.zeros((12, 5000)), LEADS, 500)
    >>> list(paint_many([recording], lambda page: page.truth.layout, style=Style(layout="6x2")))
    ['6x2']
    """
    make = partial(_made, then=then, style=style, wear=wear, seed=seed, dpi=dpi, header=tuple(header))
    jobs = enumerate(recordings, start)
    if workers <= 1:
        yield from (make(job) for job in jobs)
        return
    try:
        yield from _spread(make, jobs, workers)
    except BrokenProcessPool as error:
        raise EinthovenError(
            "a worker process lives until its work is done",
            came="one was killed, most often because memory ran out",
            instead="Draw the same again with fewer workers=.",
            see="docs/drawing.md",
        ) from error


def _made(
    job: tuple[int, Recording],
    *,
    then: Callable[[Page], R],
    style: Style | None,
    wear: Wear | str,
    seed: int,
    dpi: float | None,
    header: tuple[str, ...],
) -> R:
    number, recording = job
    look = style or styles(seed, 1, start=number, dpi=dpi)[0]
    return then(worn(paint(recording, look, header), wear, seed=seed, number=number))


def _spread(make: Callable[..., R], jobs: Iterator[tuple[int, Recording]], workers: int) -> Iterator[R]:
    context = multiprocessing.get_context("spawn")  # OpenCV's threads do not survive a fork
    with ProcessPoolExecutor(workers, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        under_way: deque[Future[R]] = deque(pool.submit(make, job) for job in islice(jobs, _AHEAD * workers))
        while under_way:
            done = under_way.popleft().result()
            under_way.extend(pool.submit(make, job) for job in islice(jobs, 1))
            yield done
