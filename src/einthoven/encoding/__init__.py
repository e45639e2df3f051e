"""Encoding: batches in, embeddings out. Here torch begins."""

from __future__ import annotations

from einthoven.encoding.encoder import Batch, Encoder, Encoding, Signals, Words

__all__ = ["Batch", "Encoder", "Encoding", "Signals", "Words"]
