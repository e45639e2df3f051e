"""npy: one numpy array, never an object that would have to be unpickled."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ReadError, TruncatedError
from einthoven.reading.asked import Asked
from einthoven.reading.source import Source
from einthoven.reading.table import Said, recorded
from einthoven.recording import Recording

__all__ = ["array", "read", "recognises"]


def recognises(source: Source) -> bool:
    """Say whether this is an npy file."""
    return source.head.startswith(b"\x93NUMPY")


def read(source: Source, asked: Asked) -> Recording:
    """Read an array (L, T) or (T, L); rate and leads come from the caller."""
    return recorded(array(source.data()), None, Said(), asked=asked, form="npy")


def array(data: bytes) -> NDArray[Any]:
    """Return the array in the bytes of an npy file.

    Raises:
        ReadError: it holds Python objects.
        TruncatedError: fewer bytes than its header promises.
    """
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))
    except (ValueError, EOFError, SyntaxError, TypeError, MemoryError) as error:
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise ReadError(
                "an array of numbers needs no pickle, and none is opened",
                came="an array of Python objects came",
                instead="Save it again as float32.",
                see="docs/reading.md",
            ) from None
        raise TruncatedError(
            "an npy file holds as many numbers as its header promises",
            came=f"{len(data)} bytes came that do not fit it",
            instead="Save or copy it again.",
            see="docs/reading.md",
        ) from None
