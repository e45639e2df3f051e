"""Masked: hide patches, reconstruct them. Shapes: B batch, N patches, P samples of a patch, D width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from einthoven.encoding import Encoder, SignalEncoder, Signals, seeded
from einthoven.encoding.transformer import Transformer, sinusoids
from einthoven.errors import TrainingError
from einthoven.pretraining.augment import Augmentation, augmentation
from einthoven.pretraining.gather import mean_over_all
from einthoven.pretraining.hiding import hidden
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["Decoder", "Masked", "absolute", "squared"]

Error = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(prediction (B, N, P), target (B, N, P), measured (B, N, P)) -> the error of each patch, (B, N)."""


def squared(prediction: Tensor, target: Tensor, measured: Tensor) -> Tensor:
    """Return the mean squared error of each patch over its measured samples, (B, N)."""
    return _mean((prediction - target).square(), measured)


def absolute(prediction: Tensor, target: Tensor, measured: Tensor) -> Tensor:
    """Return the mean absolute error of each patch over its measured samples, (B, N)."""
    return _mean((prediction - target).abs(), measured)


class Masked(Objective):
    """Masked autoencoding: the encoder sees some patches, a small decoder fills in the others.

    The loss is the mean over recordings of the mean error of their hidden patches, so that a short recording
    counts as much as a long one. Padding and absent leads never count, not even inside a patch.

    Args:
        encoder: a signal encoder whose tokens are patches ("vit-...").
        ratio: part of the patches to hide.
        over: "hidden" patches only, or "all".
        normalise: each patch's target has mean 0 and variance 1, so that small waves count as much as large ones.
        error: `squared`, `absolute` or a function of your own.
        augment: how the view differs from the recording, by name or as an Augmentation.
        width: D of the decoder.
        depth: layers of the decoder.
        heads: attention heads of the decoder.
        name: of the term; None makes it of the modality.
        seed: of the decoder's weights.

    Raises:
        TrainingError: a ratio that hides nothing or everything, another `over`, or no encoder of signals.
        ModelError: the encoder's tokens are not patches.

    Source: MAE (arXiv 2111.06377), section 3; on ECGs ST-MEM (arXiv 2402.09450). We differ from MAE: the mean
    over patches is taken within each recording first, because recordings have different lengths and leads.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        ratio: float = 0.75,
        over: str = "hidden",
        normalise: bool = True,
        error: Error = squared,
        augment: str | Augmentation = "none",
        width: int = 96,
        depth: int = 2,
        heads: int = 4,
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        _check(ratio, over)
        if not isinstance(encoder, SignalEncoder):
            raise _not_signals(encoder.modality)
        super().__init__(name or f"masked-{encoder.modality}", encoders=(encoder,))
        change = augmentation(augment)
        self.view = View(encoder.modality, "masked", mask=ratio, augment=change)
        self.over, self.normalise, self.error = over, normalise, error
        patches, _ = encoder.patches(_blank(encoder))
        shape = {"patches": patches.shape[1], "samples": patches.shape[2]}
        with seeded(seed):
            self.decoder = Decoder(encoder.token_width, width, depth=depth, heads=heads, **shape)

    def views(self) -> tuple[View, ...]:
        """Return the one masked view."""
        return (self.view,)

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the mean error of the reconstruction."""
        look = seen[self.view]
        target, valid, measured = self._asked(look)
        prediction = self.decoder(look, valid)
        counted = valid if self.over == "all" else hidden(valid, _kept(look))
        errors = self.error(prediction.float(), target.float(), measured) * counted
        mine = errors.sum(1) / counted.sum(1).clamp(min=1)
        some = counted.any(1) & bundle.present[self.view.modality]
        return {self.name: mean_over_all(mine, some)}

    def config(self) -> dict[str, Any]:
        """Return the view, what is counted and the decoder's size."""
        error = getattr(self.error, "__name__", type(self.error).__name__)
        sizes = {"over": self.over, "normalise": self.normalise, "error": error, "decoder": self.decoder.sizes}
        return {"name": self.name, "views": [repr(self.view)], **sizes}

    def _asked(self, look: Seen) -> tuple[Tensor, Tensor, Tensor]:
        """Return target (B, N, P), valid patches (B, N) and measured samples (B, N, P)."""
        encoder, shown = self.encoders()[self.view.modality], look.input
        if not isinstance(shown, Signals):
            raise _not_signals(self.view.modality)
        target, valid = encoder.patches(shown)
        ones, _ = encoder.patches(replace(shown, signal=torch.ones_like(shown.signal)))
        measured = ones > 0
        return (_normalised(target, measured) if self.normalise else target), valid, measured


class Decoder(nn.Module):
    """A small transformer over all patches: what was seen, and a mask token where nothing was.

    Args:
        seen: D of the encoder's tokens.
        width: D of the decoder.
        patches: N, the most patches a recording has.
        samples: P, samples of a patch.
        depth: layers.
        heads: attention heads.
    """

    def __init__(self, seen: int, width: int, *, patches: int, samples: int, depth: int, heads: int) -> None:
        super().__init__()
        self.sizes = {"width": width, "depth": depth, "heads": heads}
        self.embed = nn.Linear(seen, width)
        self.blank = nn.Parameter(torch.randn(width) * 0.02)
        self.place = nn.Parameter(sinusoids(patches, width))
        self.transformer = Transformer(width, depth=depth, heads=heads)
        self.predict = nn.Linear(width, samples)

    def forward(self, look: Seen, valid: Tensor) -> Tensor:
        """Return predictions (B, N, P) for all patches; `valid`, bool (B, N), may be looked at."""
        tokens = self.embed(look.tokens)
        # A place that was kept but holds nothing measured stays blank.
        tokens = torch.where(look.mask[..., None], tokens, self.blank.to(tokens.dtype))
        whole = self.blank.to(tokens.dtype).expand(*valid.shape, -1)
        index = _kept(look)[..., None].expand_as(tokens)
        whole = whole.scatter(1, index, tokens) + self.place[: valid.shape[1]]
        predicted: Tensor = self.predict(self.transformer(whole, valid))
        return predicted


def _kept(look: Seen) -> Tensor:
    if look.keep is None:
        return torch.arange(look.tokens.shape[1], device=look.tokens.device).expand(len(look.tokens), -1)
    return look.keep


def _mean(values: Tensor, measured: Tensor) -> Tensor:
    return (values * measured).sum(-1) / measured.sum(-1).clamp(min=1)


def _normalised(target: Tensor, measured: Tensor) -> Tensor:
    centred = (target - _mean(target, measured)[..., None]) * measured
    return centred / (_mean(centred.square(), measured)[..., None] + 1e-6).sqrt()


def _blank(encoder: SignalEncoder) -> Signals:
    leads, samples = len(encoder.preparation.leads), encoder.preparation.samples
    mask = torch.ones(1, leads, dtype=torch.bool)
    return Signals(torch.zeros(1, leads, samples), mask, torch.tensor([samples])).to(encoder.device)


def _check(ratio: float, over: str) -> None:
    if not 0 < ratio < 1 or over not in {"hidden", "all"}:
        raise TrainingError(
            'a masked objective hides a part between 0 and 1, and its loss is over "hidden" or "all" patches',
            came=f"ratio={ratio!r}, over={over!r}",
            instead='Choose e.g. ratio=0.75, over="hidden".',
            see="docs/objective.md",
        )


def _not_signals(modality: str) -> TrainingError:
    return TrainingError(
        "Masked hides patches of signals",
        came=f"an encoder of {modality!r} came",
        instead='Hand it a vision transformer of signals, e.g. encoder("vit-small").',
        see="docs/objective.md",
    )
