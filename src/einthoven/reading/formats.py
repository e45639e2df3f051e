"""The sample formats of WFDB signal files: bytes -> integers.

Source: signal(5) of the WFDB Applications Guide. A sample that says "nothing was measured" has a value of its own in
each format (INVALID); format 8 stores differences and has none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DECODERS", "INVALID", "LIBRARY", "size"]

Integers = NDArray[Any]

LIBRARY = frozenset({508, 516, 524})
"""FLAC: decoded by the wfdb library."""

INVALID: dict[int, int | None] = {
    8: None,
    **dict.fromkeys((80, 508), -(1 << 7)),
    **dict.fromkeys((310, 311), -(1 << 9)),
    212: -(1 << 11),
    **dict.fromkeys((16, 61, 160, 516), -(1 << 15)),
    **dict.fromkeys((24, 524), -(1 << 23)),
    32: -(1 << 31),
}

_BYTES = {8: 1, 16: 2, 24: 3, 32: 4, 61: 2, 80: 1, 160: 2}


def size(form: int, samples: int) -> int:
    """Return how many bytes hold `samples` in a format of DECODERS.

    >>> size(16, 5), size(212, 5), size(310, 4), size(24, 2)
    (10, 8, 6, 6)
    """
    if form == 212:
        return (3 * samples + 1) // 2
    if form in (310, 311):
        whole, extra = divmod(samples, 3)
        return 4 * whole + ((0, 2, 4) if form == 310 else (0, 2, 3))[extra]
    return samples * _BYTES[form]


def _padded(data: bytes, block: int) -> NDArray[np.uint8]:
    short = -len(data) % block
    return np.frombuffer(data + bytes(short) if short else data, np.uint8).reshape(-1, block)


def _from_24(data: bytes) -> Integers:
    """Three bytes, the lowest first."""
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.view("<i4").ravel().astype(np.int32, copy=False) >> 8


def _from_212(data: bytes) -> Integers:
    """Two samples of 12 bits in three bytes; the middle byte holds both high nibbles."""
    blocks = _padded(data, 3)
    low, middle, high = (blocks[:, column].astype(np.uint16) for column in range(3))
    samples = np.empty((len(blocks), 2), np.int16)
    samples[:, 0] = ((low | middle << 8) << 4).view(np.int16)
    samples[:, 1] = ((middle & 0xF0) << 8 | high << 4).view(np.int16)
    samples >>= 4
    return samples.ravel()


def _from_310(data: bytes) -> Integers:
    """Three samples of 10 bits in two 16-bit words: the third is split over the high five bits of both."""
    words = _padded(data, 4).view("<u2").astype(np.uint16, copy=False)
    samples = np.empty((len(words), 3), np.uint16)
    samples[:, :2] = words << 5
    samples[:, 2] = (words[:, 0] & 0xF800) >> 5 | words[:, 1] & 0xF800
    return samples.view(np.int16).ravel() >> 6


def _from_311(data: bytes) -> Integers:
    """Three samples of 10 bits in one 32-bit word."""
    words = _padded(data, 4).view("<u4").astype(np.uint32, copy=False)
    samples = np.empty((len(words), 3), np.uint32)
    for column in range(3):
        samples[:, column] = words[:, 0] << (22 - 10 * column)
    return (samples.view(np.int32) >> 22).astype(np.int16).ravel()


def _from_80(data: bytes) -> Integers:
    return (np.frombuffer(data, np.uint8) ^ 0x80).view(np.int8)


def _from_160(data: bytes) -> Integers:
    return (np.frombuffer(data, "<u2").astype(np.uint16, copy=False) ^ 0x8000).view(np.int16)


DECODERS: dict[int, Callable[[bytes], Integers]] = {
    8: lambda data: np.frombuffer(data, np.int8),
    16: lambda data: np.frombuffer(data, "<i2"),
    24: _from_24,
    32: lambda data: np.frombuffer(data, "<i4"),
    61: lambda data: np.frombuffer(data, ">i2").astype(np.int16),
    80: _from_80,
    160: _from_160,
    212: _from_212,
    310: _from_310,
    311: _from_311,
}
"""Bytes to integers, as stored; format 8 gives differences. Padding at the end may give a few samples too many."""
