"""Random streams by counter: the same patient whatever the batch, the worker or the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ConfigError

__all__ = ["PURPOSES", "Row", "Streams", "chances"]

Row = NDArray[np.float64]
"""One value a patient, shape (n,)."""

PURPOSES = ("bank", "body", "rate", "findings", "chambers", "activation", "recovery", "atria", "torso", "rhythm",
            "ectopy", "levels", "noise", "labels", "report", "device")  # fmt: skip
"""What randomness is for; each purpose has streams of its own, so that adding one changes no other."""

_WORD = 2**64


class Streams:
    """The random streams of one purpose: one per patient, opened by setting Philox's counter.

    Philox is a keyed hash of a counter (Salmon et al., 2011). The key is (seed, purpose), the third word of the
    counter the patient's number; 2**129 numbers lie between two patients, so their streams never meet.

    Args:
        seed: 0 to 2**64 - 1.
        purpose: one of PURPOSES.

    Raises:
        ConfigError: the seed or a number is not a whole number in that range.

    >>> body = Streams(3, "body")
    >>> first, again = body.open(7).random(), Streams(3, "body").open(7).random()
    >>> first == again, body.open(8).random() == first
    (True, False)
    """

    def __init__(self, seed: int, purpose: str) -> None:
        key = np.array([_word(seed, "seed"), PURPOSES.index(purpose)], np.uint64)
        self._bits = np.random.Philox(key=key)
        self._generator = np.random.Generator(self._bits)
        self._counter = np.zeros(4, np.uint64)
        self._state: Any = {
            "bit_generator": "Philox",
            "state": {"counter": self._counter, "key": key},
            "buffer": np.zeros(4, np.uint64),
            "buffer_pos": 4,
            "has_uint32": 0,
            "uinteger": 0,
        }

    def open(self, number: int, part: int = 0) -> np.random.Generator:
        """Return the generator at the start of patient `number`'s stream, or of its next part.

        The generator is valid until the next opening.
        """
        self._counter[2:] = _word(number, "number"), part
        self._bits.state = self._state
        return self._generator


def chances(
    seed: int, numbers: Sequence[int], purpose: str, *, normal: Sequence[str] = (), uniform: Sequence[str] = ()
) -> Mapping[str, Row]:
    """Return the exogenous noises of `numbers` by name: standard normal and uniform on [0, 1), each of shape (n,).

    Names stand for places in the stream: append new ones at the end and old patients stay who they are.

    >>> both, one = (chances(0, numbers, "body", normal=["height"]) for numbers in ([5, 6], [6]))
    >>> bool(both["height"][1] == one["height"][0])
    True
    """
    streams = Streams(seed, purpose)
    bell, flat = np.empty((len(numbers), len(normal))), np.empty((len(numbers), len(uniform)))
    for row, number in enumerate(numbers):
        streams.open(number).random(out=flat[row])
        streams.open(number, 1).standard_normal(out=bell[row])
    columns = [*np.ascontiguousarray(bell.T), *np.ascontiguousarray(flat.T)]
    return dict(zip([*normal, *uniform], columns, strict=True))


def _word(value: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < _WORD:
        raise ConfigError(
            f"a {what} is a whole number from 0 to 2**64 - 1",
            came=f"{what}={value!r} came",
            instead=f"Pass {what}=0 or any other whole number in that range.",
            see="docs/simulating.md",
        )
    return int(value)
