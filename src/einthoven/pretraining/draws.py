"""Draws: random numbers that depend on what they are for, not on who asks first. Shapes: B batch."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor

__all__ = ["Draws", "digest", "reseed"]

_GOLDEN, _MIX_1, _MIX_2 = -7046029254386353131, -4658895280553007687, -7723592293110705685
"""The odd constants of splitmix64, as signed 64-bit integers."""


def digest(*parts: object) -> int:
    """Return 63 bits that stand for `parts`, the same on every machine.

    >>> digest(0, 3, "dropout") == digest(0, 3, "dropout") != digest(0, 4, "dropout")
    True
    """
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def reseed(*parts: object) -> None:
    """Start torch's own stream, which dropout uses, at a place that `parts` name."""
    torch.manual_seed(digest(*parts))


class Draws:
    """The random numbers of one step: a function of (seed, step, purpose, position in the step).

    Nothing is drawn in order, so a resumed run, another number of processes or another accumulation sees the
    same numbers for the same study of the same step.

    Args:
        seed: of the run.
        step: of the optimiser; "val" in validation.
        position: of each study within the step over all processes and micro-batches, int64 (B,).
        scope: a name put before every purpose.

    >>> whole, half = Draws(0, 7, torch.arange(4)), Draws(0, 7, torch.arange(2, 4))
    >>> torch.equal(whole.uniform("mask", 5)[2:], half.uniform("mask", 5))
    True

    Source: the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014) over a counter.
    """

    def __init__(self, seed: int, step: int | str, position: Tensor, *, scope: str = "") -> None:
        self.seed, self.step, self.position, self.scope = seed, step, position, scope

    def of(self, scope: str) -> Draws:
        """Return the same draws under one more name."""
        return Draws(self.seed, self.step, self.position, scope=f"{self.scope}/{scope}")

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        """Return numbers in [0, 1), float32 (B, *shape)."""
        bits = _shifted(self._bits(purpose, shape), 40)
        return bits.to(torch.float32) / 2**24

    def normal(self, purpose: str, *shape: int) -> Tensor:
        """Return numbers of mean 0 and variance 1, float32 (B, *shape): the sum of four uniform ones.

        Good enough to be noise: bell-shaped, and never beyond 3.5.
        """
        bits = self._bits(purpose, shape)
        quarters = [(_shifted(bits, 16 * place) & 0xFFFF).to(torch.float32) for place in range(4)]
        total = quarters[0] + quarters[1] + quarters[2] + quarters[3]
        return (total - 2 * 65535.0) / (65536.0 * math.sqrt(1 / 3))

    def _bits(self, purpose: str, shape: tuple[int, ...]) -> Tensor:
        key = digest(self.seed, self.step, self.scope, purpose)
        base = _mixed(self.position * _GOLDEN + key)
        counter = torch.arange(1, math.prod(shape) + 1, device=self.position.device) * _GOLDEN
        return _mixed(base[:, None] + counter[None, :]).view(len(self.position), *shape)


def _mixed(bits: Tensor) -> Tensor:
    bits = (bits ^ _shifted(bits, 30)) * _MIX_1
    bits = (bits ^ _shifted(bits, 27)) * _MIX_2
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, places: int) -> Tensor:
    """Shift to the right and fill with zeros: torch's own shift repeats the sign."""
    return (bits >> places) & ((1 << (64 - places)) - 1) if places else bits
