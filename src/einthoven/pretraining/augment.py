"""Augmentation: other ways the same heart could have been recorded. Shapes: B batch, L leads, T samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial

import torch
from torch import Tensor

from einthoven.encoding import Signals
from einthoven.errors import ConfigError, did_you_mean
from einthoven.pretraining.draws import Draws

__all__ = ["AUGMENTATIONS", "Augmentation", "augmentation", "stretched"]


@dataclass(frozen=True)
class Augmentation:
    """How strongly a view may differ from the recording; every strength is 0, which is off, unless told.

    What would change the diagnosis is not here: no reversal of time, no change of sign, no stretching, no
    permutation of leads or of segments. Amplitudes are relative to the recording's own root mean square, so
    that they mean the same for signals in mV and for normalised ones.

    Args:
        gain: one factor for all leads, between 1 - gain and 1 + gain (III = II - I stays true).
        wander: amplitude of a slow wave of 0.05 to 0.5 Hz, a lead each its own.
        noise: standard deviation of white noise.
        lead_dropout: chance of each lead to be absent; one always stays.
        crop: the largest part of the time to be cut away; `length` says what is left.
        cutout: the largest part of the time to be blanked in all leads.

    Raises:
        ConfigError: a strength below 0, or a part or chance of 1 and more.

    >>> Augmentation(gain=0.2).off, Augmentation().off
    (False, True)
    """

    gain: float = 0.0
    wander: float = 0.0
    noise: float = 0.0
    lead_dropout: float = 0.0
    crop: float = 0.0
    cutout: float = 0.0

    def __post_init__(self) -> None:
        parts = {"gain", "lead_dropout", "crop", "cutout"}
        wrong = [
            one.name
            for one in fields(self)
            if not 0 <= getattr(self, one.name) < (1 if one.name in parts else math.inf)
        ]
        if wrong:
            raise ConfigError(
                "a strength is 0 or more, and gain, lead_dropout, crop and cutout are below 1",
                came=", ".join(f"{name}={getattr(self, name)!r}" for name in wrong),
                instead="Choose e.g. Augmentation(gain=0.2, noise=0.05, crop=0.3).",
                see="docs/objective.md",
            )

    @property
    def off(self) -> bool:
        """True when nothing would change."""
        return not any(getattr(self, one.name) for one in fields(self))

    def __call__(self, batch: Signals, draws: Draws, *, fs: float) -> Signals:
        """Return another view of `batch`, of sampling rate `fs` in Hz; the same draws give the same view."""
        for strength, change in (
            (self.crop, cropped),
            (self.gain, amplified),
            (self.wander, partial(wandering, fs=fs)),
            (self.noise, noisy),
            (self.cutout, blanked),
            (self.lead_dropout, thinned),
        ):
            batch = change(batch, strength, draws) if strength else batch
        return batch


def cropped(batch: Signals, strength: float, draws: Draws) -> Signals:
    """Keep a stretch of the time, moved to the start; the rest is padding and `length` says so."""
    cut, place = draws.uniform("crop", 2).unbind(1)
    left = (batch.length * (1 - strength * cut)).long().clamp(min=1)
    start = ((batch.length - left + 1) * place).long()
    time = torch.arange(batch.signal.shape[-1], device=batch.signal.device)
    index = (time[None] + start[:, None]).clamp(max=len(time) - 1)[:, None].expand_as(batch.signal)
    here = time[None, None] < left[:, None, None]
    return replace(batch, signal=batch.signal.gather(2, index) * here, length=left)


def stretched(batch: Signals, stretch: tuple[float, float]) -> Signals:
    """Keep the time between two parts of each recording's length, moved to the start."""
    first, last = ((batch.length * edge).long() for edge in stretch)
    width = math.ceil(batch.signal.shape[-1] * (stretch[1] - stretch[0]))
    time = torch.arange(width, device=batch.signal.device)
    index = (time[None] + first[:, None]).clamp(max=batch.signal.shape[-1] - 1)
    signal = batch.signal.gather(2, index[:, None].expand(-1, batch.signal.shape[1], -1))
    here = time[None, None] < (last - first)[:, None, None]
    return replace(batch, signal=signal * here, length=last - first)


def amplified(batch: Signals, strength: float, draws: Draws) -> Signals:
    """Multiply each recording by one factor."""
    factor = 1 + strength * (2 * draws.uniform("gain", 1, 1) - 1)
    return replace(batch, signal=batch.signal * factor.to(batch.signal.dtype))


def wandering(batch: Signals, strength: float, draws: Draws, *, fs: float) -> Signals:
    """Add a slow sine to each lead, of its own amplitude, frequency and phase."""
    size, frequency, phase = draws.uniform("wander", 3, batch.signal.shape[1], 1).unbind(1)
    seconds = torch.arange(batch.signal.shape[-1], device=batch.signal.device) / fs
    wave = size * torch.sin(2 * math.pi * ((0.05 + 0.45 * frequency) * seconds + phase))
    return _added(batch, strength * wave)


def noisy(batch: Signals, strength: float, draws: Draws) -> Signals:
    """Add white noise."""
    return _added(batch, strength * draws.normal("noise", *batch.signal.shape[1:]))


def blanked(batch: Signals, strength: float, draws: Draws) -> Signals:
    """Blank one stretch of the time in all leads."""
    part, place = draws.uniform("cutout", 2).unbind(1)
    width = (batch.length * strength * part).long()
    start = ((batch.length - width + 1) * place).long()[:, None]
    time = torch.arange(batch.signal.shape[-1], device=batch.signal.device)[None]
    gone = (time >= start) & (time < start + width[:, None])
    return replace(batch, signal=batch.signal.masked_fill(gone[:, None], 0))


def thinned(batch: Signals, strength: float, draws: Draws) -> Signals:
    """Take leads away; of the leads that were measured one always stays."""
    luck = draws.uniform("lead_dropout", batch.lead_mask.shape[1]).masked_fill(~batch.lead_mask, -1)
    best = torch.nn.functional.one_hot(luck.argmax(1), luck.shape[1]).bool()
    left = batch.lead_mask & ((luck >= strength) | best)
    return replace(batch, signal=batch.signal * left[:, :, None], lead_mask=left)


def _added(batch: Signals, change: Tensor) -> Signals:
    """Add `change`, relative to each recording's root mean square, wherever something was measured."""
    time = torch.arange(batch.signal.shape[-1], device=batch.signal.device)
    here = batch.lead_mask[:, :, None] & (time < batch.length[:, None])[:, None]
    power = (batch.signal.square() * here).sum((1, 2)) / here.sum((1, 2)).clamp(min=1)
    added = change * power.sqrt()[:, None, None] * here
    return replace(batch, signal=batch.signal + added.to(batch.signal.dtype))


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(gain=0.2, wander=0.2, noise=0.05, lead_dropout=0.05, crop=0.1),
    "strong": Augmentation(gain=0.4, wander=0.5, noise=0.15, lead_dropout=0.3, crop=0.5, cutout=0.1),
}
"""Strengths by name. `strong` is for two views of one ECG, `light` for an ECG beside its report."""


def augmentation(strength: str | Mapping[str, float] | Augmentation) -> Augmentation:
    """Return strengths by name, or from a table of a recipe. Raises ConfigError for an unknown name.

    >>> augmentation("light").gain
    0.2
    """
    if isinstance(strength, Augmentation):
        return strength
    if isinstance(strength, Mapping) and set(strength) <= {one.name for one in fields(Augmentation)}:
        return Augmentation(**strength)
    if not isinstance(strength, str) or strength not in AUGMENTATIONS:
        raise ConfigError(
            "an augmentation is named, or is an Augmentation",
            came=f"{strength!r} came",
            instead=did_you_mean(str(strength), AUGMENTATIONS),
            see="docs/objective.md",
        )
    return AUGMENTATIONS[strength]
