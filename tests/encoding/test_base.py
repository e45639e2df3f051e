from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from einthoven.encoding import Encoder, Encoding, Signals, Words
from einthoven.errors import ModelError


def test_a_batch_of_signals_is_cut_and_moved_as_one(waves: Callable[..., Signals]) -> None:
    batch = waves(4)
    for part in (batch[1:3], batch[torch.tensor([1, 2])], batch[torch.tensor([False, True, True, False])]):
        assert len(part) == 2
        assert torch.equal(part.signal, batch.signal[1:3])
        assert torch.equal(part.length, batch.length[1:3])
    moved = batch.to("meta")
    assert {moved.signal.device.type, moved.lead_mask.device.type, moved.length.device.type} == {"meta"}


def test_a_batch_of_words_is_cut_and_moved_as_one() -> None:
    words = Words(torch.arange(6).view(3, 2), torch.tensor([[True, True], [True, False], [True, True]]))
    assert words[1:].ids.tolist() == [[2, 3], [4, 5]]
    assert words[1:].mask.tolist() == [[True, False], [True, True]]
    assert words.to("meta").mask.device.type == "meta"


def test_an_encoding_is_cut_as_one() -> None:
    whole = Encoding(torch.arange(6.0).view(3, 2), torch.zeros(3, 5, 2), torch.ones(3, 5, dtype=torch.bool))
    assert (len(whole), len(whole[:2]), whole[:2].tokens.shape) == (3, 2, (2, 5, 2))


def test_an_encoder_without_forward_cannot_be_made() -> None:
    class Half(Encoder):
        architecture = "half"

    with pytest.raises(TypeError, match="abstract"):
        Half(None, modality="ecg", width=8)  # type: ignore[abstract, arg-type]


def test_an_encoder_without_patches_says_which_has_them() -> None:
    class Bare(Encoder):
        architecture = "bare"

        def prepare(self, items: object) -> object:
            return items

        def forward(self, batch: object, *, keep: object = None) -> Encoding:
            raise NotImplementedError

    bare = Bare(None, modality="ecg", width=8, sizes={"depth": 3})  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"a bare encoder was asked for patches.*vision transformer.*docs/encoder.md"):
        bare.patches(None)
    assert bare.config() == {"architecture": "bare", "depth": 3}
    assert (bare.token_width, bare.device) == (8, torch.device("cpu"))
