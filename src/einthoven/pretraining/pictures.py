"""Pictures: batches of images, drawn in the moment from a store's samples or taken from files. B batch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from einthoven.drawing.pages import Pages
from einthoven.encoding.base import Images
from einthoven.encoding.image import ImageEncoder
from einthoven.encoding.imagefile import pixels_of
from einthoven.errors import ReadError
from einthoven.gathering.store import Store

__all__ = ["Pictures"]

logger = logging.getLogger("einthoven.pretraining")


class Pictures:
    """Images of the store's studies: a study's own page where there is one and the encoder eats pages, else drawn.

    What a recipe leaves open, the beat of a field, the style and wear of a page, is decided by the keys of the step,
    so that a resumed run sees the same pictures. A recording that cannot be drawn (no beat, a lead too few), or whose
    page cannot be opened, has no picture, as another has no report.

    Args:
        store: of samples.
        encoder: whose pictures they are.
        pages: study id -> file of its page.
    """

    def __init__(self, store: Store, encoder: ImageEncoder, pages: dict[str, Path] | None = None) -> None:
        self.store, self.encoder = store, encoder
        known = pages if pages and isinstance(encoder.preparation.food, Pages) else {}
        self.files = [known.get(name) for name in store.table["id"].to_pylist()]

    def take(self, rows: NDArray[np.int64], keys: Sequence[int] | None = None) -> tuple[Images, Tensor, Tensor]:
        """Return the pictures of some rows, which of them there are, and groups; each is a group of its own."""
        recipe = self.encoder.preparation
        pixels = torch.zeros(len(rows), recipe.channels, *recipe.size)
        present = torch.zeros(len(rows), dtype=torch.bool)
        drawn = [place for place, row in enumerate(rows) if self.files[row] is None]
        if drawn:
            chosen = None if keys is None else [keys[place] for place in drawn]
            taken = self.store.take(rows[drawn])
            # amplitudes are drawn as they are: the scale of another encoder is not asked for
            plain = replace(self.store.preparation, scale="mV")
            images, present[drawn] = self.encoder.from_microvolts(*taken, preparation=plain, keys=chosen)
            pixels[drawn] = images.pixels
        for place in set(range(len(rows))) - set(drawn):
            page = self._page(self.files[rows[place]])
            present[place] = page is not None
            if page is not None:
                pixels[place] = page
        return Images(pixels), present, torch.from_numpy(rows.copy())

    def _page(self, path: Path | None) -> Tensor | None:
        if path is None:
            return None
        try:
            return torch.from_numpy(self.encoder.preparation.page(pixels_of(path)))
        except (ReadError, FileNotFoundError) as error:
            logger.warning("%s is left out: %s", path, error)
            return None
