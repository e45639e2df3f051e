"""Preparation: the frozen recipe of what an encoder eats, and what comes out of it. B batch, L leads, T samples."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning import gaps as holes
from einthoven.cleaning.band import check_band
from einthoven.cleaning.baseline import check_baseline, remove_noise
from einthoven.cleaning.leads import obtainable, standard
from einthoven.cleaning.rate import resample
from einthoven.cleaning.scaling import SCALES, rescale
from einthoven.errors import ConfigError, LeadError, PreparationError, SignalError, did_you_mean
from einthoven.recording import LEADS, Recording, Signal, lead_name

__all__ = ["Preparation", "Prepared"]

VERSION = 1
"""Raised when the same fields begin to mean other samples, so that old fingerprints stop matching."""
CONTEXT = 5.0
"""Seconds beyond the window that the filters may hear where the recording has them."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What an encoder eats of one recording.

    Args:
        signal: float32, shape (L, T); zero beyond `length` and in rows where `lead_mask` is False.
        lead_mask: True where the lead was recorded or derived, shape (L,).
        length: valid samples, at most T.
    """

    signal: Signal
    lead_mask: NDArray[np.bool_]
    length: int


@dataclass(frozen=True)
class Preparation:
    """The frozen recipe that turns any Recording into what one encoder eats. It travels in every checkpoint.

    The order is gaps, leads, rate, filters, window, scale: gaps first because every later step would spread a NaN;
    leads before filters because deriving is exact only on leads that were treated alike; rate before filters so that
    the response depends on the recipe alone; the window after the filters so that they hear what lies beyond it.

    Args:
        leads: names in the order of the rows, L of them.
        fs: sampling rate in Hz.
        seconds: length of the window in s; T = round(fs seconds).
        band: (lowest, highest) frequency in Hz that stays, or None for all.
        mains: frequency of the mains in Hz to take out, or None; one at or above half of `fs` is out already.
        baseline: a further baseline method ("highpass", "median", "wavelet", "ptacl"), or None.
        scale: "mV" (as measured), "z-lead", "z-record", "z-group" (limb I-III, aVR-aVF, V1-V6) or "min-max" (0 to 1
            over the record).
        missing: "refuse" a recording that lacks a lead, or "mask" the lead.
        gaps: "mend" gaps up to `longest_gap`, or "refuse" any gap. With missing="mask" a lead whose gap cannot be
            accepted is treated as missing.
        longest_gap: longest gap in s that is mended.
        min_seconds: shorter recordings are refused (a recording as long as the window never is).
        crop: which part of a longer recording is taken, "first" or "middle"; a shorter one is padded with zeros at
            its end.

    Raises:
        PreparationError: the recipe contradicts itself.

    >>> recipe = Preparation(fs=100, scale="z-lead")
    >>> recipe(Recording(np.random.default_rng(0).normal(size=(12, 4000)), LEADS, 500)).length
    800
    >>> Preparation.from_json(recipe.to_json()) == recipe
    True
    """

    leads: tuple[str, ...] = LEADS
    fs: float = 500.0
    seconds: float = 10.0
    band: tuple[float | None, float | None] | None = (0.5, 40.0)
    mains: float | None = None
    baseline: str | None = None
    scale: str = "mV"
    missing: str = "refuse"
    gaps: str = "mend"
    longest_gap: float = holes.LONGEST
    min_seconds: float = 1.0
    crop: str = "first"

    def __post_init__(self) -> None:
        fields: dict[str, Any] = {"leads": tuple(map(lead_name, self.leads))}
        fields |= {name: float(getattr(self, name)) for name in ("fs", "seconds", "longest_gap", "min_seconds")}
        fields["band"] = tuple(None if edge is None else float(edge) for edge in self.band) if self.band else None
        fields["mains"] = float(self.mains) if self.mains else None
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        _check(self)

    @property
    def samples(self) -> int:
        """Length of the window in samples, T = round(fs seconds)."""
        return round(self.fs * self.seconds)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that are the same for the same recipe, on any machine."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Return the recipe as canonical JSON: every field, sorted, one line."""
        return json.dumps(dataclasses.asdict(self) | {"version": VERSION}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Preparation:
        """Read what `to_json` wrote. Raises PreparationError for what is no recipe, or one of other fields."""
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise _unreadable("it is no JSON") from error
        known = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(fields, dict):
            raise _unreadable("it is no JSON object")
        if fields.pop("version", None) != VERSION:
            raise _unreadable(f"its version is not {VERSION}")
        for name in fields:
            if name not in known:
                raise _unreadable("it has an unknown field", did_you_mean(name, known))
        lacking = [name for name in known if name not in fields]
        if lacking:
            raise _unreadable(f"it lacks {' '.join(lacking)}")
        try:
            return cls(**fields)
        except (TypeError, AttributeError, ValueError) as error:
            if isinstance(error, PreparationError):
                raise
            raise _unreadable("a field has a value of the wrong kind") from error

    def __call__(self, recording: Recording) -> Prepared:
        """Condition the recording, then scale it: exactly what the encoder eats."""
        prepared = self.condition(recording)
        signal = self.scaled(prepared.signal, prepared.lead_mask, prepared.length, inplace=True)
        return Prepared(signal, prepared.lead_mask, prepared.length)

    def condition(self, recording: Recording) -> Prepared:
        """Bring a recording to the recipe's leads, rate, band and window; amplitudes stay in mV.

        Args:
            recording: any leads, rate and length.

        Returns:
            Prepared of shape (L, T) in mV.

        Raises:
            SignalError: too short, or a gap that the recipe does not accept.
            LeadError: a lead is missing that the recipe refuses to miss, or all are.
        """
        recording, skip = self._window(recording)
        recording = self._whole(recording)
        there = self.leads if self.missing == "refuse" else obtainable(recording, self.leads)
        if not there:
            raise _leadless(self.leads, recording.leads)
        recording = resample(standard(recording, there), self.fs)
        mains = self.mains if self.mains and self.mains < self.fs / 2 else None
        recording = remove_noise(recording, band=self.band, mains=mains, baseline=self.baseline)
        first = round(skip * self.fs)
        part = recording.signal[:, first : first + self.samples]
        lead_mask = np.array([name in there for name in self.leads])
        signal = np.zeros((len(self.leads), self.samples), np.float32)
        signal[lead_mask, : part.shape[1]] = part
        return Prepared(signal, lead_mask, part.shape[1])

    def recording(self, prepared: Prepared) -> Recording:
        """Return what `condition` made as a Recording again: the leads that are there, without the padding.

        >>> recipe = Preparation(leads=("I", "V9"), fs=100, missing="mask")
        >>> recipe.recording(recipe.condition(Recording(np.ones((1, 500)), ["I"], 100)))
        Recording(1 leads x 500 samples, 100 Hz, 5 s)
        """
        names = tuple(name for name, here in zip(self.leads, prepared.lead_mask, strict=True) if here)
        return Recording(prepared.signal[prepared.lead_mask, : prepared.length], names, self.fs)

    def scaled(
        self, signal: NDArray[Any], lead_mask: NDArray[np.bool_], length: Any, *, inplace: bool = False
    ) -> Signal:
        """Scale what `condition` made, one recording or a batch, by valid samples of present leads only.

        Args:
            signal: shape (..., L, T): mV as floats, or whole microvolts as integers (what the sample store holds).
            lead_mask: which leads are there, shape (..., L).
            length: valid samples, shape (...).
            inplace: overwrite `signal` where it is float32 already.

        Returns:
            float32 of the same shape, zero where nothing is valid. A flat lead becomes zeros, never a division by zero.

        Raises:
            PreparationError: the shapes do not fit each other or the recipe.
        """
        if signal.shape[-2] != len(self.leads) or np.shape(lead_mask) != signal.shape[:-1]:
            raise PreparationError(
                "a batch has one row for each lead of the recipe, and a mask of the same rows",
                came=f"signal {signal.shape} and lead_mask {np.shape(lead_mask)} for {len(self.leads)} leads",
                instead="Pass signal (..., L, T), lead_mask (..., L) and length (...) of the same store or batch.",
                see="docs/cleaning.md",
            )
        return rescale(signal, self.scale, lead_mask, length, leads=self.leads, inplace=inplace)

    def _window(self, recording: Recording) -> tuple[Recording, float]:
        """Return the part that the window and its filters can see, and where in it the window begins, in s."""
        recording = holes.trim(recording)
        if recording.seconds < min(self.min_seconds, self.seconds) - 0.5 / recording.fs:
            raise SignalError(
                f"this recipe takes recordings of at least {min(self.min_seconds, self.seconds):g} s",
                came=f"{recording.seconds:g} s came",
                instead="Leave the recording out, or lower min_seconds in the Preparation.",
                see="docs/cleaning.md",
            )
        spare = max(recording.seconds - self.seconds, 0)
        begin = spare / 2 if self.crop == "middle" else 0.0
        if spare <= CONTEXT:
            return recording, begin
        first = math.floor(max(begin - CONTEXT, 0) * recording.fs) / recording.fs
        return recording.crop(first, begin + self.seconds + CONTEXT), begin - first

    def _whole(self, recording: Recording) -> Recording:
        """Return the recording without gaps, or say why not; with missing="mask" the leads that cannot be mended go."""
        longest = self.longest_gap if self.gaps == "mend" else 0.0
        if self.missing == "mask":
            lost = {gap.lead for gap in holes.unmendable(recording, longest=longest)}
            if len(lost) == len(recording.leads):
                return holes.refuse(recording)
            if lost:
                recording = recording.select([name for name in recording.leads if name not in lost])
        return holes.mend(recording, longest=longest) if self.gaps == "mend" else holes.refuse(recording)


CHOICES = {"scale": SCALES, "missing": ("mask", "refuse"), "gaps": ("mend", "refuse"), "crop": ("first", "middle")}


def _check(recipe: Preparation) -> None:
    for name, known in CHOICES.items():
        if getattr(recipe, name) not in known:
            raise _contradiction(
                f"{name}={getattr(recipe, name)!r} came", did_you_mean(str(getattr(recipe, name)), known)
            )
    if not recipe.leads or len(set(recipe.leads)) < len(recipe.leads):
        raise _contradiction(f"leads {' '.join(recipe.leads) or '(none)'} came", "Name each lead once.")
    if not (0 < recipe.fs < math.inf and 0 < recipe.seconds < math.inf and recipe.samples > 0):
        raise _contradiction(f"fs={recipe.fs:g}, seconds={recipe.seconds:g} came", "Write e.g. fs=500, seconds=10.")
    if not (0 <= recipe.longest_gap < math.inf and 0 <= recipe.min_seconds < math.inf):
        came = f"longest_gap={recipe.longest_gap:g}, min_seconds={recipe.min_seconds:g} came"
        raise _contradiction(came, "Write lengths in seconds, 0 or more.")
    try:
        check_band(recipe.band, recipe.fs)
        check_baseline(recipe.baseline)
    except ConfigError as error:
        raise _contradiction(error.came, error.instead) from error


def _contradiction(came: str, instead: str) -> PreparationError:
    return PreparationError("a recipe can be carried out", came=came, instead=instead, see="docs/cleaning.md")


def _unreadable(
    came: str, instead: str = "Use the preparation.json that was saved with the model."
) -> PreparationError:
    return PreparationError(
        "a recipe is read back as it was written", came=came, instead=instead, see="docs/cleaning.md"
    )


def _leadless(wanted: tuple[str, ...], have: tuple[str, ...]) -> LeadError:
    return LeadError(
        f"at least one of {' '.join(wanted)} is recorded or can be derived",
        came=f"the recording has {' '.join(have)}",
        instead="Name its leads as the recipe does, e.g. read(path, leads=...).",
        see="docs/cleaning.md",
    )
