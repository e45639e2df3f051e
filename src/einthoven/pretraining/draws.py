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
        total = bits & 0xFFFF
        for place in (16, 32, 48):
            total += _shifted(bits, place).bitwise_and_(0xFFFF)
        return (total - 2 * 65535).to(torch.float32).mul_(math.sqrt(3) / 65536)

    def _bits(self, purpose: str, shape: tuple[int, ...]) -> Tensor:
        key = digest(self.seed, self.step, self.scope, purpose)
        base = _mixed(self.position * _GOLDEN + key)
        counter = torch.arange(1, math.prod(shape) + 1, device=self.position.device) * _GOLDEN
        return _mixed(base[:, None] + counter[None, :]).view(len(self.position), *shape)


def _mixed(bits: Tensor) -> Tensor:
    """Mix in place: a step draws millions."""
    bits.bitwise_xor_(_shifted(bits, 30)).mul_(_MIX_1)
    bits.bitwise_xor_(_shifted(bits, 27)).mul_(_MIX_2)
    return bits.bitwise_xor_(_shifted(bits, 31))


def _shifted(bits: Tensor, places: int) -> Tensor:
    """Shift to the right and fill with zeros: torch's own shift repeats the sign."""
    return (bits >> places).bitwise_and_((1 << (64 - places)) - 1)
