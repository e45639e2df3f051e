"""Embed: items in, one vector each out. Shapes: n items, B batch, D width."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from einthoven.encoding.model import Model
from einthoven.errors import ModelError
from einthoven.progress import track
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["embed"]

GUESSES: dict[type, tuple[str, ...]] = {
    Recording: ("ecg", "image"),
    Study: ("ecg", "image"),
    str: ("report",),
    Path: ("image",),
    np.ndarray: ("image",),
}
"""Type of an item -> the modalities it is taken for unless told: the first that the model has."""


def embed(
    model: Model,
    items: Any,
    *,
    modality: str | None = None,
    space: str | None = None,
    batch: int = 64,
    device: torch.device | str | None = None,
    progress: bool = False,
) -> NDArray[np.float32]:
    """Return one vector an item. The vector of an item does not depend on the batch it is in.

    Args:
        model: with an encoder of the modality.
        items: recordings, studies (their recording, or with modality="report" their report), strings, paths or
            pixels of pages, or a Cohort; a single one counts as a list of one.
        modality: "ecg", "report", "image", ...; guessed from the type of the first item.
        space: None gives the encoder's `pooled`, what probes see; a name gives unit vectors of that space.
        batch: items encoded at once.
        device: where to compute; the model is brought there and back. None: where it is.
        progress: show a bar on a terminal.

    Returns:
        float32, (n, D).

    Raises:
        ModelError: the model has no such encoder or space, or the items are of no kind it takes.
        PreparationError, LeadError, SignalError: an item that the encoder's recipe refuses.

    >>> from einthoven.encoding import encoder
    >>> embed(Model([encoder("vit-tiny")]), []).shape
    (0, 64)
    """
    items = [items] if isinstance(items, tuple(GUESSES)) and getattr(items, "ndim", 0) < 4 else items
    items = items if isinstance(items, Sequence) else list(items)
    modality = modality or _guess(items, model)
    width = model.width(modality, space)
    home, trained = model.device, model.training
    starts = range(0, len(items), batch)
    rows: list[NDArray[np.float32]] = []
    model.eval()
    try:
        model.to(device or home)
        for start in track(starts, f"embed {modality}") if progress else starts:
            part = [items[row] for row in range(start, min(start + batch, len(items)))]
            rows.append(_vectors(model, part, modality, space=space))
    finally:
        model.to(home).train(trained)
    return np.concatenate(rows) if rows else np.zeros((0, width), np.float32)


@torch.inference_mode()
def _vectors(model: Model, part: list[Any], modality: str, *, space: str | None) -> NDArray[np.float32]:
    encoder = model.encoder(modality)
    pooled = encoder(encoder.prepare(part).to(encoder.device)).pooled
    vectors = pooled if space is None else model.space(space).project(modality, pooled)
    found: NDArray[np.float32] = vectors.float().cpu().numpy()
    return found


def _guess(items: Sequence[Any], model: Model) -> str:
    if not len(items):
        return "ecg" if "ecg" in model.modalities else model.modalities[0]
    for kind, modalities in GUESSES.items():
        if isinstance(items[0], kind):
            had = [one for one in modalities if one in model.modalities]
            if had or modalities != ("image",):
                return (*had, modalities[0])[0]
    raise ModelError(
        "recordings, studies and strings can be embedded, and pictures where the model has an encoder of them",
        came=f"{type(items[0]).__name__} came",
        instead="Read files first with read(path); pass arrays as Recording(signal, leads, fs).",
        see="docs/model.md",
    )
