"""Pretraining: batches in, named losses out, a Model at the end. Papers are sums of objectives."""

from __future__ import annotations

from einthoven.pretraining.augment import Augmentation
from einthoven.pretraining.caption import Caption
from einthoven.pretraining.classify import Classify
from einthoven.pretraining.contrast import Contrast
from einthoven.pretraining.local import Local
from einthoven.pretraining.masked import Masked
from einthoven.pretraining.maskedwords import MaskedWords
from einthoven.pretraining.objective import Objective, Sum
from einthoven.pretraining.recipe import Recipe, recipe
from einthoven.pretraining.run import pretrain
from einthoven.pretraining.step import Step
from einthoven.pretraining.view import Bundle, Seen, View
from einthoven.pretraining.wav2vec import Wav2Vec

__all__ = [
    "Augmentation",
    "Bundle",
    "Caption",
    "Classify",
    "Contrast",
    "Local",
    "Masked",
    "MaskedWords",
    "Objective",
    "Recipe",
    "Seen",
    "Step",
    "Sum",
    "View",
    "Wav2Vec",
    "pretrain",
    "recipe",
]
