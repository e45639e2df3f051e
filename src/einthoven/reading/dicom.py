"""DICOM waveforms, through pydicom: the rhythm strip among the multiplex groups, in mV.

value = raw * sensitivity * correction + baseline, in the unit of the channel's sensitivity (PS3.3 C.10.9); leads by
the code of the channel's source (CID 3001) before any text. The integers are kept.
"""

from __future__ import annotations

import io
import re
import struct
import warnings as python_warnings
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import HeaderError, TruncatedError
from einthoven.reading import doubts
from einthoven.reading.asked import Asked
from einthoven.reading.source import Source
from einthoven.reading.table import finite
from einthoven.reading.units import asked_unit, millivolts
from einthoven.recording import Native, Recording, lead_name

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["read", "recognises"]

_BARE = (
    b"\x02\x00\x00\x00UL",
    b"\x08\x00\x05\x00CS",
    b"\x08\x00\x08\x00CS",
    b"\x08\x00\x16\x00UI",
    b"\x08\x00\x05\x00\x0a",
)
"""Beginnings of data sets that were stored without the preamble."""
_FAULTS = (
    AttributeError,
    KeyError,
    ValueError,
    TypeError,
    NotImplementedError,
    EOFError,
    IndexError,
    struct.error,
    OverflowError,
)


def recognises(source: Source) -> bool:
    """Say whether this is a DICOM file, with or without preamble."""
    return source.head[128:132] == b"DICM" or source.head.startswith(_BARE)


def read(source: Source, asked: Asked) -> Recording:
    """Read the multiplex group with most samples; the others are counted in the warnings.

    Raises:
        HeaderError: no waveform in it, or one that does not say how to read it.
        TruncatedError: fewer samples than promised.
        LeadError: a lead is named twice, or `asked` names other leads.
    """
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # of values that break the standard, which the message would repeat
        dataset = _dataset(source)
        groups = list(dataset.get("WaveformSequence") or [])
        if not groups:
            raise _refused(
                "an ECG in DICOM has a waveform",
                "an object without one came",
                "Export the ECG as a waveform object, not as a picture or a PDF.",
            )
        try:
            sizes = [int(group.NumberOfWaveformSamples) * int(group.NumberOfWaveformChannels) for group in groups]
            chosen = int(np.argmax(sizes))
            return _recorded(groups[chosen], asked, start=_start(dataset), others=len(groups) - 1)
        except _FAULTS as error:
            if isinstance(error, (HeaderError, TruncatedError)) or hasattr(error, "rule"):
                raise
            raise _refused(
                "a waveform says how it is to be read",
                f"one that breaks the standard came ({type(error).__name__})",
                "Export it again.",
            ) from None


def _dataset(source: Source) -> Dataset:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        return dcmread(source.path or io.BytesIO(source.data()), force=True)
    except (InvalidDicomError, *_FAULTS, OSError) as error:
        raise _refused(
            "a DICOM file can be parsed to its end",
            f"pydicom stopped with {type(error).__name__}",
            "Export or copy it again.",
        ) from None


def _recorded(group: Dataset, asked: Asked, *, start: datetime | None, others: int) -> Recording:
    from pydicom.waveforms.numpy_handler import WAVEFORM_DTYPES

    channels = list(group.ChannelDefinitionSequence)
    L, T = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    dtype = WAVEFORM_DTYPES[(int(group.WaveformBitsAllocated), str(group.WaveformSampleInterpretation))]
    data, expected = bytes(group.WaveformData), L * T * np.dtype(dtype).itemsize
    if len(data) < expected or not expected:
        raise TruncatedError(
            "a waveform holds as many samples as it promises",
            came=f"expected {expected} bytes, got {len(data)}",
            instead="Export or copy it again.",
            see="docs/reading.md",
        )
    if len(channels) != L:
        raise _refused(
            "a waveform defines each of its channels", f"{L} were promised and {len(channels)} came", "Export it again."
        )
    raw = np.ascontiguousarray(np.frombuffer(data[:expected], dtype).reshape(T, L).T)
    raw = raw.astype(raw.dtype.newbyteorder("="), copy=False)
    remarks = (
        [f"waveform groups left out: {others} (such as the median beat; the one with most samples is read)"]
        if others
        else []
    )
    fs = asked.rate(float(group.SamplingFrequency) if group.get("SamplingFrequency") else None)
    raw_names = [_lead(channel) for channel in channels]
    names = tuple(map(lead_name, asked.names(raw_names if any(raw_names) else None, L) if asked.leads else raw_names))
    names = tuple(name or f"signal {row}" for row, name in enumerate(names))
    scale, offset = _calibration(channels, names, asked, remarks=remarks)
    signal, _ = finite(raw * scale[:, None] + offset[:, None])
    signal[raw == _padding(group, dtype)] = np.nan
    remarks += _skews(channels, names)
    native = Native(raw, 1 / scale, -offset / scale)
    remarks += doubts.examine(signal, names, fs, native=native)
    return Recording(signal, names, fs, start, native, "dicom", warnings=tuple(remarks))


def _calibration(
    channels: list[Dataset], names: tuple[str, ...], asked: Asked, *, remarks: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mV per step and mV at zero of each channel, shape (L,) each."""
    scale, offset, strange = np.empty(len(channels)), np.empty(len(channels)), []
    for row, channel in enumerate(channels):
        unit = _code(channel.get("ChannelSensitivityUnitsSequence"))[1] or None
        if unit is None and asked.unit is None:
            raise _refused(
                "a channel says in which unit it is measured",
                f"channel {row + 1} does not",
                "Pass unit='uV' (or mV) if you know it.",
            )
        factor = millivolts(unit) if unit else asked_unit(str(asked.unit))
        if unit and factor is not None:
            asked.millivolts(unit)
        strange += [row] if factor is None else []
        step = float(channel.get("ChannelSensitivity") or 1) * float(
            channel.get("ChannelSensitivityCorrectionFactor") or 1
        )
        scale[row] = step * (factor or 1)
        offset[row] = float(channel.get("ChannelBaseline") or 0) * (factor or 1)
    if strange:
        remarks.append(
            f"{doubts.named(names, strange)}: not a voltage: its samples stay in the unit of the file; "
            "leave it out with recording.select"
        )
    return scale, offset


def _lead(channel: Dataset) -> str:
    """Return the lead by the code of its source, else by the words about it."""
    scheme, code, meaning = _code(channel.get("ChannelSourceSequence"))
    return _codes().get((scheme.upper(), code)) or lead_name(meaning) or str(channel.get("ChannelLabel") or "")


def _code(sequence: Any) -> tuple[str, str, str]:
    item = sequence[0] if sequence else {}
    scheme, code, meaning = (
        str(item.get(name) or "").strip() for name in ("CodingSchemeDesignator", "CodeValue", "CodeMeaning")
    )
    return scheme, code, meaning


@lru_cache(maxsize=1)
def _codes() -> dict[tuple[str, str], str]:
    lines = files("einthoven.reading").joinpath("dicom_leads.csv").read_text("utf-8").splitlines()[2:]
    return {(scheme, code): lead for scheme, code, lead in (line.split(",") for line in lines)}


def _skews(channels: list[Dataset], names: tuple[str, ...]) -> list[str]:
    late = [
        row
        for row, one in enumerate(channels)
        if float(one.get("ChannelTimeSkew") or one.get("ChannelSampleSkew") or 0)
    ]
    return (
        [f"{doubts.named(names, late)}: measured somewhat later than the others (channel skew), which is not corrected"]
        if late
        else []
    )


def _padding(group: Dataset, dtype: Any) -> Any:
    """Return the raw value that stands for nothing measured, NaN (equal to nothing) when there is none."""
    value = group.get("WaveformPaddingValue")
    width = np.dtype(dtype).itemsize
    if isinstance(value, bytes) and len(value) >= width:
        return np.frombuffer(value[:width], dtype)[0]
    return float("nan") if value is None or isinstance(value, bytes) else value


def _start(dataset: Dataset) -> datetime | None:
    """Return when the waveform was acquired."""
    words = str(
        dataset.get("AcquisitionDateTime")
        or f"{dataset.get('AcquisitionDate') or ''}{dataset.get('AcquisitionTime') or ''}"
    )
    for form, digits in (("%Y%m%d%H%M%S.%f", 26), ("%Y%m%d%H%M%S", 14), ("%Y%m%d", 8)):
        with suppress(ValueError):
            return datetime.strptime(re.split("[+-]", words)[0].strip()[:digits], form)
    return None


def _refused(rule: str, came: str, instead: str) -> HeaderError:
    return HeaderError(rule, came=came, instead=instead, see="docs/reading.md")
