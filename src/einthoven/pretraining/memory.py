"""Memory: what a frozen text encoder says of each report, computed once and kept on disk. n texts, S sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from einthoven.encoding import Encoding, Model, TextEncoder
from einthoven.files import replacing
from einthoven.progress import track

__all__ = ["Memory"]

CHUNK = 64
"""Texts encoded at once."""


@dataclass(frozen=True, eq=False)
class Memory:
    """The pooled vector and the sentence vectors of texts, as memory-mapped arrays.

    Args:
        pooled: float32 (n, D).
        sentences: those of all texts, one after the other, float32 (sum of S, D').
        edges: where those of each text begin and end, int64 (n + 1,).
    """

    pooled: NDArray[np.float32]
    sentences: NDArray[np.float32]
    edges: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        encoder: TextEncoder,
        folder: str | Path,
        *,
        device: torch.device | str = "cpu",
        progress: bool = False,
    ) -> Memory:
        """Return what `encoder` says of `texts`, from `folder` when it was asked before, else computed and kept there.

        What is kept is found again by the encoder's weights, its tokenizer and the texts: another of any is another.

        Raises:
            StorageError: the disk is full.
        """
        name = hashlib.sha256(
            "\n\0".join([Model([encoder]).fingerprint, *texts]).encode(errors="surrogatepass")
        ).hexdigest()
        paths = [Path(folder) / f"{name[:32]}-{part}.npy" for part in ("pooled", "sentences", "edges")]
        if not all(path.is_file() for path in paths):
            arrays: tuple[NDArray[Any], ...] = _told(texts, encoder, device=device, progress=progress)
            for path, array in zip(paths, arrays, strict=True):
                with replacing(path) as draft, draft.open("wb") as file:
                    np.save(file, array)
        return cls(*(np.load(path, mmap_mode="r") for path in paths))

    def take(self, numbers: NDArray[np.int64]) -> Encoding:
        """Return what was said of some texts: pooled (B, D), sentences for tokens (B, S, D')."""
        counts = self.edges[numbers + 1] - self.edges[numbers]
        mask = np.arange(max(int(counts.max(initial=0)), 1))[None] < counts[:, None]
        tokens = np.zeros((*mask.shape, self.sentences.shape[1]), np.float32)
        for row, number in enumerate(numbers):
            tokens[row, : counts[row]] = self.sentences[self.edges[number] : self.edges[number + 1]]
        return Encoding(*map(torch.from_numpy, (self.pooled[numbers], tokens, mask)))


@torch.inference_mode()
def _told(
    texts: Sequence[str], encoder: TextEncoder, *, device: torch.device | str, progress: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Return pooled vectors, sentence vectors and their edges; texts of like length are encoded together."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    pooled = np.zeros((len(texts), encoder.width), np.float32)
    sentences: list[Tensor] = [torch.zeros(0, encoder.token_width)] * len(texts)
    home, trained = encoder.device, encoder.training
    starts = range(0, len(order), CHUNK)
    try:
        encoder.eval().to(device)
        for start in track(starts, "read reports") if progress else starts:
            rows = order[start : start + CHUNK]
            batch = encoder.prepare([texts[row] for row in rows]).to(device)
            seen = encoder(batch)
            vectors, there = encoder.pool("sentences", seen, batch)
            pooled[rows] = seen.pooled.float().cpu().numpy()
            for row, one, real in zip(rows, vectors.float().cpu(), there.cpu(), strict=True):
                sentences[row] = one[real]
    finally:
        encoder.to(home).train(trained)
    counts = np.cumsum([0, *(len(one) for one in sentences)], dtype=np.int64)
    return pooled, torch.cat([*sentences, torch.zeros(0, encoder.token_width)]).numpy(), counts
