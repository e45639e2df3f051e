"""Validation: losses on the held-out split, and two measures that need no label. Shapes: n studies, D width."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from einthoven.pretraining.batches import Batches, ahead
from einthoven.pretraining.draws import Draws
from einthoven.pretraining.gather import gathered
from einthoven.pretraining.view import Bundle
from einthoven.pretraining.watch import rank_me

__all__ = ["first_hits", "judged", "validated"]

GALLERY = 2048
"""Studies that retrieval and rank are measured on, at most: the first of the split."""


def validated(module: Callable[..., Any], batches: Batches, *, seed: int, device: torch.device) -> dict[str, float]:
    """Return mean losses, R@1 of every pair of modalities of every space, and the rank of every modality.

    Masks and augmentations are drawn alike in every validation, so that the losses of two epochs differ by the
    weights alone.

    Args:
        module: a Step in evaluation mode, perhaps wrapped by an engine.
        batches: of the validation split.
        seed: of the run.
        device: where the module is.

    Returns:
        Loss name -> mean; "r@1/space/a-b" -> part of the studies whose nearest of the other modality is their own or
        one of the same content, mean of both directions; "rank/modality" -> `rank_me`.
    """
    totals: dict[str, Tensor] = {}
    weight, kept = 0, list[tuple[Mapping[str, Tensor], Bundle]]()
    with torch.no_grad():
        for bundle, losses, vectors in _passes(module, batches, seed, device):
            totals = {name: totals.get(name, 0) + loss.double() * len(bundle) for name, loss in losses.items()}
            weight += len(bundle)
            if sum(len(one) for _, one in kept) * batches.place[1] < GALLERY:
                kept.append((vectors, bundle))
    means = {name: float(gathered(total.reshape(1)).mean()) / weight for name, total in totals.items()}
    return means | measures(kept)


def measures(kept: Sequence[tuple[Mapping[str, Tensor], Bundle]]) -> dict[str, float]:
    """Return R@1 and rank of collected vectors."""
    names = list(kept[0][0])
    vectors = {name: gathered(torch.cat([one[name] for one, _ in kept]).float()) for name in names}
    here = {key: gathered(torch.cat([bundle.present[key] for _, bundle in kept])) for key in kept[0][1].present}
    kinds = {key: gathered(torch.cat([bundle.groups[key] for _, bundle in kept])) for key in kept[0][1].groups}
    found = {f"rank/{name}": rank_me(vectors[name][here[name]]) for name in names if name in here and here[name].any()}
    for space in dict.fromkeys(name.split("/")[0] for name in names if "/" in name):
        for a, b in combinations([name.split("/")[1] for name in names if name.startswith(f"{space}/")], 2):
            both = here[a] & here[b]
            pair = vectors[f"{space}/{a}"][both], vectors[f"{space}/{b}"][both]
            found[f"r@1/{space}/{a}-{b}"] = first_hits(*pair, torch.stack([kinds[a], kinds[b]], 1)[both])
    return found


def first_hits(a: Tensor, b: Tensor, kinds: Tensor) -> float:
    """Return the part of rows whose nearest vector of the other side shows the same content, both ways.

    Ties are pessimistic: when something else is as near, it is no hit.

    Args:
        a: unit vectors, (n, D).
        b: unit vectors, (n, D).
        kinds: numbers that are equal where the content is, (n, 2).
    """
    if not len(a):
        return 0.0
    near = a @ b.T
    same = (kinds[:, None] == kinds[None]).any(-1)
    right = near.masked_fill(~same, -2)
    wrong = near.masked_fill(same, -2)
    hits = [(right.amax(side) > wrong.amax(side)).double().mean() for side in (0, 1)]
    return float((hits[0] + hits[1]) / 2)


def judged(found: Mapping[str, float], loss: float, choose: str) -> float:
    """Return how good a validation is by a measure of `plan.CHOICES`; more is better.

    >>> judged({"r@1/shared/ecg-report": 0.25, "rank/ecg": 30.0}, 2.5, "retrieval")
    0.25
    """
    if choose == "loss":
        return -loss
    start = {"retrieval": "r@1/", "rankme": "rank/"}[choose]
    chosen = [value for name, value in found.items() if name.startswith(start)]
    return sum(chosen) / len(chosen) if chosen else -loss


def _passes(
    module: Callable[..., Any], batches: Batches, seed: int, device: torch.device
) -> Iterator[tuple[Bundle, dict[str, Tensor], dict[str, Tensor]]]:
    for number, (bundle,) in ahead(batches.step, range(batches.per_epoch)):
        moved = bundle.to(device)
        losses, vectors = module(moved, Draws(seed, f"val-{number}", moved.position), plainly=True)
        yield moved, losses, vectors
