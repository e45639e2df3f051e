"""Encoding: batches in, embeddings out. Here torch begins."""

from __future__ import annotations

from einthoven.encoding.base import Batch, Encoder, Encoding, Images, Signals, Words
from einthoven.encoding.build import architectures, seeded
from einthoven.encoding.card import Card
from einthoven.encoding.decoder import ReportDecoder
from einthoven.encoding.embedding import embed
from einthoven.encoding.folder import load
from einthoven.encoding.generation import generate
from einthoven.encoding.heads import Classifier, Head
from einthoven.encoding.image import ImageEncoder
from einthoven.encoding.model import Model
from einthoven.encoding.picture import ImagePreparation
from einthoven.encoding.preset import encoder, presets
from einthoven.encoding.published import load_melp
from einthoven.encoding.signal import SignalEncoder
from einthoven.encoding.space import Space
from einthoven.encoding.text import TextEncoder, TextPreparation
from einthoven.encoding.tokenizer import train_tokenizer

__all__ = [
    "Batch",
    "Card",
    "Classifier",
    "Encoder",
    "Encoding",
    "Head",
    "ImageEncoder",
    "ImagePreparation",
    "Images",
    "Model",
    "ReportDecoder",
    "SignalEncoder",
    "Signals",
    "Space",
    "TextEncoder",
    "TextPreparation",
    "Words",
    "architectures",
    "embed",
    "encoder",
    "generate",
    "load",
    "load_melp",
    "presets",
    "seeded",
    "train_tokenizer",
]
