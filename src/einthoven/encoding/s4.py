"""S4: diagonal state spaces over time. Shapes: B batch, L leads, T samples, D width, S states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Signals
from einthoven.encoding.signal import SignalEncoder
from einthoven.encoding.transformer import masked_mean
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = ["S4", "StateSpace"]


class S4(SignalEncoder):
    """Layers of linear state spaces, run forwards and backwards through time; a token a sample.

    Args:
        preparation: leads and samples it eats.
        width: D.
        depth: layers.
        states: S of each channel and direction.
        dropout: on each layer's step.

    Raises:
        ModelError: a size below 1.

    Source: S4D (arXiv 2206.11893) with its linear initialisation; sizes of the ECG model of Mehari and Strodthoff
    (arXiv 2308.15291): four layers of width 512, 8 states, both directions, 100 Hz. We differ: diagonal, not diagonal
    plus low rank, because that is plain torch.
    """

    architecture = "s4"

    def __init__(
        self, preparation: Preparation, *, width: int = 512, depth: int = 4, states: int = 8, dropout: float = 0.2
    ) -> None:
        if min(width, depth, states) < 1:
            raise ModelError(
                "an s4 encoder has width, depth and states",
                came=f"width={width}, depth={depth}, states={states}",
                instead='Start from encoder("s4").',
                see="docs/encoder.md",
            )
        sizes: dict[str, Any] = {"width": width, "depth": depth, "states": states, "dropout": dropout}
        super().__init__(preparation, width=width, sizes=sizes)
        self.enter = nn.Linear(len(preparation.leads), width)
        self.layers = nn.ModuleList(Layer(width, states=states, dropout=dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, batch: Signals, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch. Raises ModelError when `keep` is given: a state space runs through every sample."""
        if keep is not None:
            raise self._unmaskable()
        mask = self.inside(batch) & batch.lead_mask.any(-1, keepdim=True)
        tokens = self.enter(self.measured(batch).transpose(1, 2))
        for layer in self.layers:
            tokens = layer(tokens, mask)
        tokens = self.norm(tokens)
        return Encoding(masked_mean(tokens, mask), tokens, mask)


class Layer(nn.Module):
    """A state space forwards and one backwards, a gate, and their residual, with a norm before.

    Args:
        width: D.
        states: S.
        dropout: on the step.
    """

    def __init__(self, width: int, *, states: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.forth, self.back = StateSpace(width, states), StateSpace(width, states)
        self.through = nn.Parameter(torch.randn(width))
        self.mix, self.drop = nn.Linear(width, 2 * width), nn.Dropout(dropout)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return tokens (B, T, D); those where `mask`, bool (B, T), is False are silence to the others."""
        heard = self.norm(tokens).masked_fill(~mask[..., None], 0)
        wave = heard.float().transpose(1, 2)
        T = wave.shape[-1]
        # In frequency, so that T samples cost T log T; twice as long, so that the end does not wrap around. What runs
        # backwards answers at negative times, which are the last of the kernel: its first sample is 1 before now.
        kernel = F.pad(self.forth.kernel(T), (0, T)) + F.pad(self.back.kernel(T).flip(-1), (T, 0))
        spread = torch.fft.irfft(torch.fft.rfft(wave, 2 * T) * torch.fft.rfft(kernel), 2 * T)[..., :T]
        step = spread + self.through.float()[:, None] * wave
        gated = F.glu(self.mix(F.gelu(step).transpose(1, 2).to(tokens.dtype)), -1)
        moved: Tensor = tokens + self.drop(gated)
        return moved


class StateSpace(nn.Module):
    """D independent linear systems of S complex states each: x' = A x + u, y = 2 Re(C x), sampled at steps of dt.

    Args:
        width: D.
        states: S.

    Source: S4D-Lin (arXiv 2206.11893): A_n = -1/2 + i pi n; zero-order hold; dt from 0.001 to 0.1.
    """

    def __init__(self, width: int, states: int) -> None:
        super().__init__()
        low, high = math.log(1e-3), math.log(1e-1)
        self.log_step = nn.Parameter(torch.rand(width) * (high - low) + low)
        self.log_decay = nn.Parameter(torch.full((width, states), math.log(0.5)))
        self.rate = nn.Parameter(math.pi * torch.arange(states).float().repeat(width, 1))
        self.out = nn.Parameter(torch.randn(width, states, 2) * 0.5**0.5)

    def kernel(self, samples: int) -> Tensor:
        """Return the answer to a single 1 at the first of T samples, float32 (D, T)."""
        step = self.log_step.float().exp()[:, None]
        poles = torch.complex(-self.log_decay.float().exp(), self.rate.float())
        jump = step * poles
        gain = torch.view_as_complex(self.out.float().contiguous()) * (jump.exp() - 1) / poles
        time = torch.arange(samples, device=step.device)
        powers = (jump[..., None] * time).exp()  # (D, S, T)
        answer: Tensor = 2 * torch.einsum("ds,dst->dt", gain, powers).real
        return answer
