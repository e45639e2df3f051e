"""SignalEncoder: what every encoder of ECG signals has: prepare, and the refusal of what was not measured."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from einthoven.encoding.base import Encoder, Signals
from einthoven.errors import LeadError, ModelError, PreparationError
from einthoven.recording import Recording
from einthoven.study import Study

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation, Prepared

__all__ = ["SignalEncoder"]


class SignalEncoder(Encoder, ABC):
    """An encoder of signals. Implement `forward`; `prepare` and the guards are here.

    Args:
        preparation: the recipe of what it eats; its leads and samples are the L and T of `forward`.
        width: D of `Encoding.pooled`.
        token_width: D of `Encoding.tokens`; as `width` unless told.
        modality: "ecg" unless the signal is something else.
        sizes: what builds it again, see `Encoder`.
    """

    preparation: Preparation

    def __init__(
        self,
        preparation: Preparation,
        *,
        width: int,
        token_width: int | None = None,
        modality: str = "ecg",
        sizes: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(preparation, modality=modality, width=width, token_width=token_width, sizes=sizes)

    def prepare(self, items: Sequence[Recording | Study]) -> Signals:
        """Return recordings as Signals: rate, leads, length and scale made to fit `preparation`.

        Raises:
            LeadError: a lead is missing that the recipe refuses to miss.
            SignalError: too short, or a gap that the recipe does not accept.
            ModelError: something that is no Recording and no Study.
        """
        prepared = [self._prepared(_recording(item)) for item in items]
        leads, samples = len(self.preparation.leads), self.preparation.samples
        signal = np.zeros((len(prepared), leads, samples), np.float32)
        lead_mask = np.zeros((len(prepared), leads), bool)
        length = np.zeros(len(prepared), np.int64)
        for row, one in enumerate(prepared):
            signal[row], lead_mask[row], length[row] = one.signal, one.lead_mask, one.length
        return Signals(torch.from_numpy(signal), torch.from_numpy(lead_mask), torch.from_numpy(length))

    def from_microvolts(
        self, microvolts: NDArray[np.int16], lead_mask: NDArray[np.bool_], length: NDArray[np.int64]
    ) -> Signals:
        """Return rows of a sample store as Signals: the same numbers `prepare` makes, but for the 1 uV steps.

        Args:
            microvolts: conditioned samples, 1 uV a step, (B, L, T).
            lead_mask: (B, L).
            length: (B,).
        """
        scaled = self.preparation.scaled(microvolts, lead_mask, length)
        masks = torch.as_tensor(np.asarray(lead_mask, bool)), torch.as_tensor(np.asarray(length, np.int64))
        return Signals(torch.from_numpy(scaled), *masks)

    def measured(self, batch: Signals) -> Tensor:
        """Return the signal with exact zeros where nothing was measured, (B, L, T), in the weights' precision.

        Whatever the padding or the row of an absent lead holds, NaN included, cannot pass.

        Raises:
            PreparationError: L is not the preparation's number of leads, or T is more than its samples.
        """
        self._refuse_shape(batch.signal.shape)
        here = self.inside(batch)[:, None, :] & batch.lead_mask[:, :, None]
        return batch.signal.masked_fill(~here, 0).to(self.weight_dtype)

    def inside(self, batch: Signals, step: int = 1) -> Tensor:
        """Return which steps of `step` samples hold any sample that was measured, bool (B, ceil(T / step))."""
        starts = torch.arange(0, batch.signal.shape[-1], step, device=batch.signal.device)
        return starts[None, :] < batch.length[:, None]

    def _prepared(self, recording: Recording) -> Prepared:
        try:
            return self.preparation(recording)
        except LeadError as error:
            if self.preparation.missing == "mask":
                raise
            raise LeadError(
                f"this encoder eats the leads {' '.join(self.preparation.leads)}",
                came=error.came,
                instead="Pass recordings that have them, or let it leave out what is missing: encoder.preparation = "
                'dataclasses.replace(encoder.preparation, missing="mask").',
                see="docs/encoder.md",
            ) from error

    @property
    def weight_dtype(self) -> torch.dtype:
        """The precision of the weights."""
        return next((weight.dtype for weight in self.parameters()), torch.float32)

    def _refuse_shape(self, shape: torch.Size) -> None:
        leads, samples = len(self.preparation.leads), self.preparation.samples
        if len(shape) != 3 or shape[1] != leads or shape[2] > samples:
            raise PreparationError(
                f"this encoder eats signals of shape (B, {leads}, T) with T at most {samples}",
                came=f"a batch of shape {tuple(shape)} came",
                instead="Make batches with encoder.prepare(recordings), which converts rate, leads and length.",
                see="docs/encoder.md",
            )


def _recording(item: Recording | Study) -> Recording:
    if isinstance(item, Study):
        return item.recording
    if isinstance(item, Recording):
        return item
    raise ModelError(
        "an encoder of signals takes recordings or studies",
        came=f"{type(item).__name__} came",
        instead="Read the file first: read(path) gives a Recording.",
        see="docs/encoder.md",
    )
