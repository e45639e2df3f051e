"""Alignment: how well every report fits every recording, sentence by beat.

Shapes: R reports, J recordings, N beats, S sentences, D width.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Parts", "Steepness", "alignment"]

Parts = tuple[Tensor, Tensor]
"""Vectors (B, N, D), and which of them stand for something, bool (B, N)."""
Steepness = tuple[float, float, float]
"""(of the attention over beats, of the sum over sentences, of the scores)."""


def alignment(beats: Parts, sentences: Parts, *, over: str = "mean", steepness: Steepness = (4.0, 5.0, 10.0)) -> Tensor:
    """Return the score of every recording with every report, (J, R).

    With beats b of a recording and sentences q of a report, each beat shares its attention among the sentences,
    each sentence then attends to the beats that turned to it, and the report scores by how near its sentences are to
    what they attended to:

        a[s, n] = softmax over s of q_s . b_n        w[s, n] = softmax over n of t1 a[s, n]
        c_s = sum over n of w[s, n] b_n              score = t3 log sum over s of exp(t2 cos(q_s, c_s))

    No c_s is ever built, for there are R J S of them: q_s . c_s is the sum of w[s, n] q_s . b_n, and the norm of c_s
    needs only the N x N products of the recording's beats. What is largest here is (J, N, R, S).

    Args:
        beats: of J recordings.
        sentences: of R reports, ragged; a report without any has a score that means nothing.
        over: "sum" as above, or "mean" of the exponentials, which does not grow with the number of sentences.
        steepness: (t1, t2, t3).

    >>> one = torch.eye(4)[None, :2], torch.ones(1, 2, dtype=torch.bool)
    >>> alignment(one, one).shape
    torch.Size([1, 1])

    Source: GLoRIA (Huang et al., ICCV 2021), as MELP's released code has it; without its loop over reports.
    """
    (b, measured), (q, said) = beats, sentences
    (J, N, D), (R, S, _) = b.shape, q.shape
    raw = (b.reshape(J * N, D) @ q.reshape(R * S, D).T).view(J, N, R, S)
    share = _only(said, raw).softmax(-1)
    weight = _only(measured[:, :, None, None], steepness[0] * share).softmax(1)
    product = (weight * raw).sum(1)
    flat = weight.view(J, N, R * S)
    square = ((b @ b.transpose(1, 2) @ flat) * flat).sum(1).view(J, R, S)
    # The square root of nothing has no slope; beats that cancel exactly have a cosine of zero.
    length = square.clamp(min=torch.finfo(raw.dtype).tiny).sqrt() * torch.linalg.vector_norm(q, dim=-1)
    near = steepness[1] * product / length.clamp(min=1e-8)
    score = _only(said, near).logsumexp(-1)
    if over == "mean":
        score = score - said.sum(-1).clamp(min=1).to(score.dtype).log()
    return steepness[2] * score


def _only(there: Tensor, values: Tensor) -> Tensor:
    """Return values that a softmax overlooks where `there` is False; where nothing is missing, nothing is copied."""
    return values if bool(there.all()) else values.masked_fill(~there, torch.finfo(values.dtype).min)
