"""Sentences: a report shown as some of its sentences, so that a single statement is no stranger to the encoder."""

from __future__ import annotations

import numpy as np

from einthoven.encoding.sentences import spans

__all__ = ["sentences_of", "some_of"]


def sentences_of(report: str) -> list[str]:
    """Return the sentences of a report; a report of one sentence with commas is taken as a list of statements.

    >>> sentences_of("Sinus rhythm, 72.5 bpm. LVH; no ischaemia.")
    ['Sinus rhythm, 72.5 bpm', 'LVH', 'no ischaemia']
    >>> sentences_of("SR 85/min, bigeminy, ischaemia III, aVF")
    ['SR 85/min', 'bigeminy', 'ischaemia III']
    """
    return [report[first:last] for first, last in spans(report)]


def some_of(report: str, *, part: float, key: int) -> str:
    """Return the report, or with probability `part` a random half or fewer of its sentences in their order.

    Args:
        report: the words.
        part: probability, 0 to 1.
        key: decides the draw; the same key, the same sentences.

    Source: our choice; sampling sentences is how CXR-CLIP (arXiv 2310.13292) and others bring prompts into the
    distribution of the text encoder.
    """
    rng = np.random.default_rng(key)
    parts = sentences_of(report)
    if rng.random() >= part or len(parts) < 2:
        return report
    kept = rng.choice(len(parts), size=int(rng.integers(1, len(parts) // 2 + 1)), replace=False)
    return ". ".join(parts[row] for row in sorted(kept)) + "."
