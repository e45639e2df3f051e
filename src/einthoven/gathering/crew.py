"""Crew: worker processes that share what they need from the start and answer in order."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, TypeVar

from einthoven.errors import CohortError, EinthovenError

__all__ = ["FAULTS", "hands", "spread", "why"]

T = TypeVar("T")
R = TypeVar("R")

FAULTS = (EinthovenError, OSError, ValueError, LookupError, ArithmeticError, EOFError, MemoryError)
"""What one bad study may raise; anything else is a mistake in the program and stops the run."""


def why(error: BaseException) -> str:
    """Return the reason to write beside a study that was set aside.

    >>> why(ValueError("no samples"))
    'ValueError: no samples'
    """
    return f"{type(error).__name__}: {error}"


def hands(workers: int | None, tasks: int) -> int:
    """Return how many processes to use: as asked, else one a core, never more than there are tasks.

    >>> hands(8, 3), hands(1, 100), hands(None, 0)
    (3, 1, 1)
    """
    return max(1, min(workers or os.cpu_count() or 1, tasks))


def spread(task: Callable[..., R], items: Iterable[T], *, workers: int, shared: Sequence[Any] = ()) -> Iterator[R]:
    """Yield `task(*shared, item)` for every item, in order.

    `shared` reaches each worker once, when it starts; on Linux it needs no pickling. At most three items a
    worker are under way, so that an endless `items` costs no memory. With one worker nothing is started.

    Args:
        task: a function at the top of a module.
        items: what to do; each must survive pickling, as what the task returns.
        workers: number of processes; 1 works in this one.
        shared: what every task gets as its first arguments.

    Raises:
        CohortError: a worker was killed.

    >>> list(spread(pow, [1, 2, 3], workers=1, shared=[2]))
    [2, 4, 8]
    """
    if workers <= 1:
        yield from (task(*shared, item) for item in items)
        return
    todo = iter(items)
    pool = ProcessPoolExecutor(workers, _context(), initializer=_begin, initargs=(task, tuple(shared)))
    try:
        under_way = deque(_submit(pool, item) for item in islice(todo, 3 * workers))
        while under_way:
            done = under_way.popleft().result()
            under_way.extend(_submit(pool, item) for item in islice(todo, 1))
            yield done
    except BrokenProcessPool as error:
        raise CohortError(
            "a worker process lives until its work is done",
            came="one was killed, most often because memory ran out",
            instead="Run the same again with fewer workers=: what was finished is kept.",
            see="docs/store.md",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    # Forked workers need no `if __name__ == "__main__"` in a user's script; elsewhere than on Linux forking is unsafe.
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _submit(pool: ProcessPoolExecutor, item: T) -> Future[Any]:
    with warnings.catch_warnings():  # torch, lance and Python 3.12 warn of forking with threads: ours only read files
        warnings.simplefilter("ignore")
        return pool.submit(_work, item)


_task: Callable[..., Any]
_shared: tuple[Any, ...]


def _begin(task: Callable[..., Any], shared: tuple[Any, ...]) -> None:
    global _task, _shared
    _task, _shared = task, shared
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # returns when the parent is gone, also when it was killed
        os._exit(1)


def _work(item: T) -> Any:
    return _task(*_shared, item)
