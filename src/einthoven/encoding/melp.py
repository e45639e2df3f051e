"""MelpEncoder: convolutions, a transformer, and two sets of questions. Shapes: B batch, L leads, N tokens, D width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Signals
from einthoven.encoding.pooler import Pooler
from einthoven.encoding.signal import SignalEncoder
from einthoven.encoding.stem import Places, Stem
from einthoven.encoding.transformer import Transformer
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = ["MelpEncoder"]


class MelpEncoder(SignalEncoder):
    """The signal tower of MELP: a wav2vec 2.0 network of ECGs with two poolers of learned queries.

    `pooled` is the mean of the "beats": the answers of a few queries, which nothing ties to single heart beats. The
    pooling "caption" answers more queries, for a decoder to look at. "features" are what the convolutions give.
    The weights of the poolers learn only where a loss asks for what they pool.

    Args:
        preparation: leads and samples it eats; any subset of its leads, any length up to its own.
        width: D of the tokens.
        depth: transformer layers, post-norm.
        heads: attention heads; divides `width`.
        mlp: hidden width of the perceptrons as a multiple of `width`.
        channels: of the convolutions.
        convolutions: each halves the time: 4 make a token of 16 samples.
        kernel: tokens that the positional convolution looks at.
        groups: of the positional convolution; each has a multiple of 16 channels.
        beats: queries whose mean is `pooled`.
        beat_width: width of `pooled` and of "beats".
        captions: queries of the pooling "caption"; 0 leaves it out.
        pool_heads: attention heads of the poolers; divides `width` and `beat_width`.
        dropout: on features, residual steps and attention weights.
        stem_gradient: what the gradient is multiplied with before it enters the convolutions.

    Raises:
        ModelError: a size that cannot be built.

    Source: MELP (arXiv 2506.21803) and its code; ECG-FM (arXiv 2408.05178) for the network. We differ: the projection
    of the beats belongs to the shared space, which projects their mean as well; padding never enters a statistic; the
    number of beats is 13 as in the released training code (the paper says 10, its configuration 14).
    """

    architecture = "melp"

    def __init__(
        self,
        preparation: Preparation,
        *,
        width: int = 768,
        depth: int = 8,
        heads: int = 12,
        mlp: float = 4.0,
        channels: int = 256,
        convolutions: int = 4,
        kernel: int = 128,
        groups: int = 16,
        beats: int = 13,
        beat_width: int = 256,
        captions: int = 128,
        pool_heads: int = 8,
        dropout: float = 0.1,
        stem_gradient: float = 0.1,
    ) -> None:
        _refuse_sizes(width, groups, convolutions=convolutions, beats=beats)
        sizes: dict[str, Any] = {"width": width, "depth": depth, "heads": heads, "mlp": mlp, "channels": channels}
        sizes |= {"convolutions": convolutions, "kernel": kernel, "groups": groups, "beats": beats}
        sizes |= {"beat_width": beat_width, "captions": captions, "pool_heads": pool_heads, "dropout": dropout}
        sizes |= {"stem_gradient": stem_gradient}
        super().__init__(preparation, width=beat_width, token_width=width, sizes=sizes)
        self.step, self.channels, self.stem_gradient = 2**convolutions, channels, stem_gradient
        self.stem = Stem(len(preparation.leads), channels, depth=convolutions)
        self.norm_stem, self.enter = nn.LayerNorm(channels), nn.Linear(channels, width)
        self.blank = nn.Parameter(torch.rand(width))
        self.places = Places(width, kernel=kernel, groups=groups)
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        self.transformer = Transformer(width, depth=depth, heads=heads, mlp=mlp, dropout=dropout, norm="post")
        self.beats = Pooler(beats, beat_width, context=width, heads=pool_heads)
        self.captions = Pooler(captions, width, context=width, heads=pool_heads) if captions else None
        self.transformer.apply(_initialised)

    def forward(self, batch: Signals, *, keep: Tensor | None = None, blank: Tensor | None = None) -> Encoding:
        """Encode a batch.

        Args:
            batch: as `prepare` makes it.
            keep: not for this encoder, whose tokens see each other before the transformer.
            blank: tokens to hide, bool (B, N): a learned vector stands in their place.

        Raises:
            ModelError: `keep` was given.
        """
        if keep is not None:
            raise self._unmaskable()
        mask = self.token_mask(batch)
        tokens = self.drop(self.enter(self.norm_stem(self.features(batch))))
        if blank is not None or self.training:  # in training always, so that no engine waits for its gradient
            hidden = torch.zeros_like(mask) if blank is None else blank
            tokens = torch.where(hidden[..., None], self.blank.to(tokens.dtype), tokens)
        tokens = tokens.masked_fill(~mask[..., None], 0)
        tokens = self.transformer(self.drop(self.norm(tokens + self.places(tokens))), mask)
        return Encoding(self.beats(tokens, mask).mean(1), tokens, mask)

    def features(self, batch: Signals) -> Tensor:
        """Return what the convolutions give, (B, N, C)."""
        found: Tensor = self.stem(self.measured(batch), batch.length)
        if self.stem_gradient != 1 and found.requires_grad:
            found = torch.lerp(found.detach(), found, self.stem_gradient)
        return found

    @property
    def poolings(self) -> dict[str, int]:
        """Tokens, "beats", "caption" where there are queries for it, and "features"."""
        named = {"beats": self.width, "features": self.channels}
        return {**super().poolings, **named, **({"caption": self.token_width} if self.captions else {})}

    def pool(self, name: str, seen: Encoding, batch: Signals) -> tuple[Tensor, Tensor]:
        """Return another pooling; see `Encoder.pool`."""
        if name == "features":
            return self.features(batch), self.token_mask(batch)
        pooler = {"beats": self.beats, "caption": self.captions}.get(name)
        if pooler is None:
            return super().pool(name, seen, batch)
        answers = pooler(seen.tokens, seen.mask)
        return answers, seen.mask.any(1, keepdim=True).expand(answers.shape[:2])

    def patches(self, batch: Signals) -> tuple[Tensor, Tensor]:
        """Return the samples of each token (B, N, L P), and which tokens are measured whole, (B, N)."""
        signal = self.measured(batch)
        count = signal.shape[-1] // self.step
        cut = signal[..., : count * self.step].reshape(*signal.shape[:2], count, self.step)
        return cut.transpose(1, 2).flatten(2), self.token_mask(batch)

    def token_mask(self, batch: Signals) -> Tensor:
        """Return which tokens stand for samples that were all measured, bool (B, N)."""
        count = batch.signal.shape[-1] // self.step
        whole = torch.arange(count, device=batch.length.device)[None] < (batch.length // self.step)[:, None]
        mask: Tensor = whole & batch.lead_mask.any(-1, keepdim=True)
        return mask


def _initialised(module: nn.Module) -> None:
    """Start linear layers as BERT did (arXiv 1810.04805)."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


def _refuse_sizes(width: int, groups: int, *, convolutions: int, beats: int) -> None:
    # torch 2.13 on a CPU computes other groups of an even kernel wrongly in bfloat16, without a word
    if width % (16 * groups) or convolutions < 1 or beats < 1:
        raise ModelError(
            "a melp encoder has a convolution and a beat, or more, and groups of a multiple of 16 channels",
            came=f"width={width} in groups={groups}, convolutions={convolutions}, beats={beats}",
            instead='Start from a preset, e.g. encoder("melp-small"), and override one size at a time.',
            see="docs/encoder.md",
        )
