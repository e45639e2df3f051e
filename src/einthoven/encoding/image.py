"""ImageEncoder: what every encoder of pictures has: prepare, and the refusal of what it does not eat."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from einthoven.cleaning.preparation import Preparation, Prepared
from einthoven.drawing.pages import Pages
from einthoven.encoding.base import Encoder, Images
from einthoven.errors import EinthovenError, ModelError, PreparationError
from einthoven.recording import Recording
from einthoven.study import Study

if TYPE_CHECKING:
    from einthoven.encoding.picture import ImagePreparation

__all__ = ["ImageEncoder"]

Picture = Recording | Study | str | Path | NDArray[Any]


class ImageEncoder(Encoder, ABC):
    """An encoder of pictures. Implement `forward`; `prepare` and the guards are here.

    Args:
        preparation: the recipe of what it eats.
        width: D of `Encoding.pooled`.
        token_width: D of `Encoding.tokens`; as `width` unless told.
        modality: "image" unless the picture is something else.
        sizes: what builds it again, see `Encoder`.
    """

    preparation: ImagePreparation

    def __init__(
        self,
        preparation: ImagePreparation,
        *,
        width: int,
        token_width: int | None = None,
        modality: str = "image",
        sizes: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(preparation, modality=modality, width=width, token_width=token_width, sizes=sizes)

    def prepare(self, items: Sequence[Picture]) -> Images:
        """Return pictures as Images.

        A Recording is drawn as the recipe says. A Study gives its page, where it has one and the encoder eats pages,
        else its recording. Paths, and pixels as uint8 (height, width, 3), are pages.

        Raises:
            PreparationError: the picture of a page came to an encoder of fields, or an array that is no picture.
            SignalError, LeadError: a recording that cannot be drawn.
            ReadError: a file that is no picture.
            ModelError: something that is no picture and has none.
        """
        pictures = np.zeros((len(items), self.preparation.channels, *self.preparation.size), np.float32)
        for row, item in enumerate(items):
            pictures[row] = self._pictured(item)
        return Images(torch.from_numpy(pictures))

    def from_microvolts(
        self,
        microvolts: NDArray[np.int16],
        lead_mask: NDArray[np.bool_],
        length: NDArray[np.int64],
        *,
        preparation: Preparation,
        keys: Sequence[int] | None = None,
    ) -> tuple[Images, Tensor]:
        """Return rows of a sample store as Images, and which of them could be drawn, bool (B,).

        A store that was built for another encoder is converted: its samples go through this encoder's own recipe.

        Args:
            microvolts: conditioned samples, 1 uV a step, (B, L, T).
            lead_mask: (B, L).
            length: (B,).
            preparation: what conditioned them.
            keys: what decides, for each row, what the recipe leaves open (beat, style, wear); None draws plainly.
        """
        pictures = np.zeros((len(microvolts), self.preparation.channels, *self.preparation.size), np.float32)
        drawn = torch.zeros(len(microvolts), dtype=torch.bool)
        own = self.preparation.signal
        for row, samples in enumerate(microvolts):
            one = Prepared(samples.astype(np.float32) / 1000, lead_mask[row], int(length[row]))
            key = None if keys is None else keys[row]
            try:
                if preparation != own:  # another encoder's: leads, rate and band become this one's
                    one = own.condition(preparation.recording(one))
                pictures[row] = self.preparation.show(one, own, key=key)
            except EinthovenError:  # no beat, a lead too few: the study has no picture, as another has no report
                continue
            drawn[row] = True
        return Images(torch.from_numpy(pictures)), drawn

    def pixels(self, batch: Images) -> Tensor:
        """Return the pixels (B, C, H, W) in the weights' precision. Raises PreparationError for another shape."""
        wanted = (self.preparation.channels, *self.preparation.size)
        if tuple(batch.pixels.shape[1:]) != wanted:
            raise PreparationError(
                f"this encoder eats pictures of shape (B, {', '.join(map(str, wanted))})",
                came=f"a batch of shape {tuple(batch.pixels.shape)} came",
                instead="Make batches with encoder.prepare(pictures), which converts size and colour.",
                see="docs/encoder.md",
            )
        return batch.pixels.to(next((weight.dtype for weight in self.parameters()), torch.float32))

    def fill(self, path: str | Path) -> tuple[str, ...]:
        """Take the weights of a public vision model from a local file; see `einthoven.encoding.weights.fill`."""
        from einthoven.encoding.weights import fill

        return fill(self, path)

    def _pictured(self, item: Picture) -> NDArray[np.float32]:
        if isinstance(item, Study):
            eats_pages = isinstance(self.preparation.food, Pages)
            item = item.page if eats_pages and item.page is not None else item.recording
        if isinstance(item, Recording):
            return self.preparation.of(item)
        if isinstance(item, str | Path):
            from einthoven.encoding.imagefile import pixels_of

            return self.preparation.page(pixels_of(item))
        if isinstance(item, np.ndarray):
            return self.preparation.page(item)
        raise ModelError(
            "an encoder of pictures takes recordings, studies, paths and pixels",
            came=f"{type(item).__name__} came",
            instead="Pass np.asarray(picture) for a picture of another library.",
            see="docs/encoder.md",
        )
