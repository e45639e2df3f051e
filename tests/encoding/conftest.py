"""What the tests of encoders share: one of each kind, a batch of waves, a small model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from einthoven.encoding import Card, Classifier, Encoder, Model, Signals, Space, TextEncoder, encoder

REPORTS = [
    "Sinus rhythm. Normal ECG.",
    "Atrial fibrillation with rapid ventricular response, 140/min.",
    "Left bundle branch block; QRS 152 ms.",
    "ST depression 0.15 mV in V4-V6, consistent with ischaemia.",
    "Linksschenkelblock, Überleitungsstörung.",
]

SIGNAL_ENCODERS: dict[str, tuple[str, dict[str, object]]] = {
    "vit": ("vit-tiny", {}),
    "vit with a class token": ("vit-tiny", {"pooling": "cls"}),
    "vit per lead": ("vit-tiny", {"per_lead": True, "patch": 100}),
    "vit of odd patches": ("vit-tiny", {"patch": 33}),
    "resnet": ("resnet-tiny", {}),
    "resnet of groups": ("resnet-tiny", {"norm": "group", "pooling": "mean", "lead_embedding": False}),
    "melp": ("melp-tiny", {}),
    "melp without captions": ("melp-tiny", {"captions": 0, "stem_gradient": 0.1}),
    "xresnet": ("xresnet-tiny", {}),
    "s4": ("s4-tiny", {}),
    "resnet that pools": ("resnet-tiny", {"max_pool": True, "depths": [2, 1, 1, 1]}),
}


@pytest.fixture(params=SIGNAL_ENCODERS)
def signals_in(request: pytest.FixtureRequest) -> Encoder:
    """Return a signal encoder in evaluation mode; the test runs once for each kind."""
    name, overrides = SIGNAL_ENCODERS[request.param]
    return encoder(name, **overrides).eval()


@pytest.fixture
def waves() -> Callable[..., Signals]:
    """Make a batch of random signals, every lead there and full length unless told."""

    def make(count: int = 3, *, leads: int = 12, samples: int = 1000, seed: int = 0) -> Signals:
        signal = torch.randn(count, leads, samples, generator=torch.Generator().manual_seed(seed))
        return Signals(signal, torch.ones(count, leads, dtype=torch.bool), torch.full((count,), samples))

    return make


@pytest.fixture
def reader() -> TextEncoder:
    """Return a report encoder with a tokenizer, in evaluation mode."""
    made = encoder("report-tiny").eval()
    assert isinstance(made, TextEncoder)
    made.fit_tokenizer(REPORTS * 3)
    return made


@pytest.fixture
def model(reader: TextEncoder) -> Model:
    """Return a small model with two encoders, a space and a head."""
    ecg = encoder("vit-tiny")
    space = Space({"ecg": ecg.width, "report": reader.width}, width=16)
    card = Card("small", data=("simulated",), n=10, synthetic=True, objective="Contrast(ecg, report)", seed=0)
    return Model(
        [ecg, reader], spaces={"shared": space}, heads={"superclass": Classifier(64, ["NORM", "MI"])}, card=card
    ).eval()
