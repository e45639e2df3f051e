"""Many files at once: a pool of processes, the order kept, bad files set aside with the reason."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sized
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import islice

from einthoven.errors import EinthovenError
from einthoven.progress import track
from einthoven.recording import Recording

__all__ = ["Quarantined", "read_many"]

_Path = str | os.PathLike[str]
_AHEAD = 8
"""Files under way for each worker."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that could not be read.

    Args:
        path: as it was given.
        reason: what came, and what to do.
        error: name of the error's class.
    """

    path: str
    reason: str
    error: str


def read_many(
    paths: Iterable[_Path], *, workers: int | None = None, progress: bool = True
) -> Iterator[Recording | Quarantined]:
    """Read many files in parallel and yield what became of each, in the order of `paths`.

    A file that cannot be read is yielded as Quarantined; so is one that kills the process that reads it. Nothing
    stops the run.

    Args:
        paths: any number of them; they are taken as they are needed.
        workers: processes; None for one a core.
        progress: show a bar on a terminal.

    >>> [item.error for item in read_many(["nowhere.hea"], workers=1)]
    ['ReadError']
    """
    found = _in_order(iter(paths), max(workers or os.cpu_count() or 1, 1))
    return track(found, "read", total=len(paths) if isinstance(paths, Sized) else None) if progress else found


def _in_order(paths: Iterator[_Path], workers: int) -> Iterator[Recording | Quarantined]:
    under_way: deque[tuple[_Path, Future[Recording]]] = deque()
    pool = _pool(workers)
    try:
        while True:
            for path in islice(paths, workers * _AHEAD - len(under_way)):
                under_way.append((path, _submit(pool, path)))
            if not under_way:
                return
            path, future = under_way.popleft()
            if not isinstance(future.exception(), BrokenProcessPool):
                yield _outcome(path, future)
                continue
            suspects = [path, *(path for path, _ in under_way)]
            under_way.clear()
            pool.shutdown()
            yield from _one_by_one(suspects)
            pool = _pool(workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _one_by_one(paths: list[_Path]) -> Iterator[Recording | Quarantined]:
    """Read each file with nobody else under way, so that the one that kills its process is known."""
    pool = _pool(1)
    try:
        for path in paths:
            future = _submit(pool, path)
            yield _outcome(path, future)
            if isinstance(future.exception(), BrokenProcessPool):
                pool.shutdown()
                pool = _pool(1)
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method))


def _submit(pool: ProcessPoolExecutor, path: _Path) -> Future[Recording]:
    try:
        return pool.submit(_work, path)
    except BrokenProcessPool as error:
        future: Future[Recording] = Future()
        future.set_exception(error)
        return future


def _work(path: _Path) -> Recording:
    from einthoven import reading

    return reading.read(path)


def _outcome(path: _Path, future: Future[Recording]) -> Recording | Quarantined:
    error = future.exception()
    if error is None:
        return replace(future.result())  # built anew, so that its signal is read-only on this side too
    if isinstance(error, EinthovenError):
        reason = str(error)
    elif isinstance(error, BrokenProcessPool):
        reason = (
            "the process that read it died; memory ran out or the file broke its reader. Read it alone to see which."
        )
    else:
        reason = f"its reader stopped with {type(error).__name__}; read it alone to see where, and report it."
    return Quarantined(os.fspath(path), reason, type(error).__name__)
