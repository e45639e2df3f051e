"""Generation: reports in a model's own words. Shapes: B batch, N words, V vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from einthoven.encoding.beam import likeliest
from einthoven.encoding.model import Model
from einthoven.encoding.writer import Writer, decoder_of
from einthoven.errors import ModelError, did_you_mean
from einthoven.progress import track
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["generate"]

WAYS = ("greedy", "beam", "nucleus")


def generate(
    model: Model,
    items: Any,
    *,
    by: str = "greedy",
    beams: int = 4,
    top_p: float = 0.9,
    temperature: float = 1.0,
    longest: int | None = None,
    seed: int = 0,
    head: str = "caption",
    batch: int = 16,
    device: torch.device | str | None = None,
    progress: bool = False,
    cached: bool = True,
) -> list[str]:
    """Return a report for each recording, in the words of the model's decoder; no diagnosis.

    The model runs in evaluation mode. The report of an item depends neither on its neighbours nor on `batch`, and
    "nucleus" draws from a stream of each item's own: the same seed writes the same reports.

    Args:
        model: with encoders of recordings and reports, and a decoder (from `Caption`).
        items: recordings or studies, or a Cohort; a single one counts as a list of one.
        by: "greedy" takes the likeliest word; "beam" the likeliest report, by mean log chance of its words, of
            `beams` kept at each word; "nucleus" draws a word from the likeliest that together have `top_p`.
        beams: K.
        top_p: 0 to 1.
        temperature: of "nucleus"; smaller is bolder.
        longest: words, special tokens counted; None is what the encoders can hold.
        seed: of "nucleus".
        head: name of the decoder.
        batch: items written for at once.
        device: where to compute; the model is brought there and back. None: where it is.
        progress: show a bar on a terminal.
        cached: keep what was computed for the words before; the result is the same without, at a higher price.

    Raises:
        ModelError: the model has no decoder, or `by` is unknown or a number is out of range.
        PreparationError, LeadError, SignalError: an item that the encoder's recipe refuses.

    Source: nucleus sampling, arXiv 1904.09751.
    """
    _refuse(by, beams, top_p, temperature)
    items = [items] if isinstance(items, (Recording, Study)) else items
    decoder, text = decoder_of(model, head)
    ways: dict[str, Callable[[Writer, int, int], Tensor]] = {
        "greedy": _greedy,
        "beam": lambda writer, longest, _: likeliest(writer, longest, beams=beams),
        "nucleus": partial(_nucleus, top_p=top_p, temperature=temperature, seed=seed),
    }
    home, trained = model.device, model.training
    starts = range(0, len(items), batch)
    reports: list[str] = []
    try:
        model.eval().to(device or home)
        for start in track(starts, "generate") if progress else starts:
            part = [items[row] for row in range(start, min(start + batch, len(items)))]
            encoder = model.encoder(decoder.modality)
            with torch.inference_mode():
                writer = Writer(model, encoder.prepare(part).to(encoder.device), head=head, cached=cached)
                ids = ways[by](writer, min(longest or writer.longest, writer.longest), start)
            reports += [text.spoken(_ended(row, writer.end)) for row in ids.tolist()]
    finally:
        model.to(home).train(trained)
    return reports


def _greedy(writer: Writer, longest: int, _: int) -> Tensor:
    """Return the ids (B, N) of the likeliest next words."""
    return _written(writer, longest, lambda chances, _: chances.argmax(1))


def _nucleus(writer: Writer, longest: int, start: int, *, top_p: float, temperature: float, seed: int) -> Tensor:
    """Return the ids (B, N) of drawn words; row r of the batch is item `start` + r."""
    streams = [_stream(seed, start + row) for row in range(len(writer.parts))]

    def drawn(chances: Tensor, _: int) -> Tensor:
        luck = torch.stack([torch.rand(1, generator=one) for one in streams]).to(chances.device)
        share, order = (chances / temperature).softmax(1).sort(dim=1, descending=True, stable=True)
        total = share.cumsum(1)
        # The nucleus is the fewest words that have top_p together; the draw falls within what they have.
        nucleus = share.masked_fill(total - share >= top_p, 0)
        place = (nucleus.cumsum(1) < luck * nucleus.sum(1, keepdim=True)).sum(1, keepdim=True)
        word: Tensor = order.gather(1, place.clamp(max=order.shape[1] - 1))[:, 0]
        return word

    return _written(writer, longest, drawn)


def _written(writer: Writer, longest: int, choose: Callable[[Tensor, int], Tensor]) -> Tensor:
    ids = writer.start()
    ended = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    while ids.shape[1] < longest and not bool(ended.all()):
        word = choose(writer.next(ids), ids.shape[1]).masked_fill(ended, writer.end)
        ids = torch.cat([ids, word[:, None]], 1)
        ended = ended | (word == writer.end)
    return ids


def _ended(ids: Sequence[int], end: int) -> list[int]:
    """Return the words up to the end."""
    return list(ids[: ids.index(end, 1)] if end in ids[1:] else ids)


def _stream(seed: int, item: int) -> torch.Generator:
    """Return a stream of random numbers of an item's own."""
    name = hashlib.blake2b(f"{seed}/{item}".encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(name, "little"))


def _refuse(by: str, beams: int, top_p: float, temperature: float) -> None:
    if by not in WAYS or beams < 1 or not 0 < top_p <= 1 or temperature <= 0:
        raise ModelError(
            "a report is written greedily, by beams (1 or more), or from a nucleus (top_p above 0, at most 1)",
            came=f"by={by!r}, beams={beams}, top_p={top_p}, temperature={temperature}",
            instead=did_you_mean(by, WAYS),
            see="docs/model.md",
        )
