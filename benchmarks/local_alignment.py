"""Beat-sentence alignment: all reports at once, against a loop over reports.

The loop is written after the description of the released MELP (docs/papers/melp.md): for each report its sentences
are repeated for every ECG, both softmaxes taken, the attended beats built, cosines and log-sum-exp taken. Ours takes
masks as in training, the loop none. Forward and backward, one thread, CPU time; results are compared first.
Peak memory is the most that the tensors alive after any operation of torch hold together.

    python benchmarks/local_alignment.py [--quick]
"""

from __future__ import annotations

import argparse
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from torch.utils._python_dispatch import TorchDispatchMode

from common import alternate, claim, report
from einthoven.pretraining.alignment import Parts
from einthoven.pretraining.local import matched

B, N, D = 64, 13, 256


def looped(beats: Tensor, sentences: list[Tensor]) -> Tensor:
    columns = []
    for mine in sentences:
        asked = mine.T.unsqueeze(0).repeat(len(beats), 1, 1)  # (B, D, S)
        share = torch.bmm(beats, asked).softmax(-1)  # (B, N, S)
        weight = (4.0 * share.transpose(1, 2).contiguous()).softmax(-1)  # (B, S, N)
        attended = torch.bmm(beats.transpose(1, 2).contiguous(), weight.transpose(1, 2).contiguous())  # (B, D, S)
        flat_q = asked.transpose(1, 2).contiguous().view(-1, D)
        flat_c = attended.transpose(1, 2).contiguous().view(-1, D)
        lengths = torch.norm(flat_q, 2, 1) * torch.norm(flat_c, 2, 1)
        cosine = ((flat_q * flat_c).sum(1) / lengths.clamp(min=1e-8)).view(len(beats), -1)
        columns.append((5.0 * cosine).exp().sum(1, keepdim=True).log())
    score, truth = 10.0 * torch.cat(columns, 1), torch.arange(len(beats))
    return (cross_entropy(score, truth) + cross_entropy(score.T, truth)) / 2


def vectorised(beats: Tensor, sentences: Parts) -> Tensor:
    kinds, here = torch.arange(len(beats))[:, None].expand(-1, 2), torch.ones(len(beats), dtype=torch.bool)
    measured = torch.ones(beats.shape[:2], dtype=torch.bool)
    return matched((beats, measured), sentences, kinds=kinds, here=here, over="sum")


def drawn(counts: list[int]) -> tuple[Tensor, list[Tensor], Parts]:
    """Return beats, and sentences twice: a list as the loop takes them, and padded as `Local` does."""
    stream = torch.Generator().manual_seed(0)
    beats = torch.randn(len(counts), N, D, generator=stream).mul_(0.3).requires_grad_()
    ragged = [torch.randn(n, D, generator=stream).mul_(0.3).requires_grad_() for n in counts]
    q = pad_sequence([one.detach() for one in ragged], batch_first=True).requires_grad_()
    return beats, ragged, (q, torch.arange(q.shape[1])[None] < torch.tensor(counts)[:, None])


def refuse_differing(counts: list[int]) -> None:
    """Compare the two losses and their gradients."""
    (beats, ragged, _), (again, _, padded) = drawn(counts), drawn(counts)
    one, other = looped(beats, ragged), vectorised(again, padded)
    one.backward()
    other.backward()
    slopes = pad_sequence([one.grad for one in ragged], batch_first=True)
    for ours, theirs in ((other, one), (again.grad, beats.grad), (padded[0].grad, slopes)):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-6)


class Alive(TorchDispatchMode):
    """Count the bytes of tensors that are alive, and remember the most."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = operation(*args, **(kwargs or {}))
        for one in out if isinstance(out, (tuple, list)) else [out]:
            if isinstance(one, Tensor):
                self._met(one.untyped_storage())
        return out

    def _met(self, storage: Any) -> None:
        if storage.data_ptr() not in self.known:
            self.known.add(storage.data_ptr())
            self.now += storage.nbytes()
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._gone, storage.data_ptr(), storage.nbytes())

    def _gone(self, place: int, size: int) -> None:
        self.known.discard(place)
        self.now -= size


def megabytes(run: Callable[[int], Any]) -> float:
    with Alive() as alive:
        run(0)
    return alive.most / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    rounds = 5 if parser.parse_args().quick else 31
    torch.set_num_threads(1)
    claims = []
    for name, counts in {"S=2": [2] * B, "S=8": [8] * B, "S=1..8": [1 + row % 8 for row in range(B)]}.items():
        refuse_differing(counts)
        beats, ragged, padded = drawn(counts)
        runs: dict[str, Callable[[int], Any]] = {
            "ours": lambda _, b=beats, q=padded: vectorised(b, q).backward(),
            "loop": lambda _, b=beats, q=ragged: looped(b, q).backward(),
        }
        task = f"Local forward and backward, B={B}, N={N}, D={D}, {name} vs a loop over reports"
        times = alternate(runs, rounds)
        claims.append(claim(task, "CPU ms", ours=times["ours"], peer=times["loop"], n=rounds))
        memory = {one: megabytes(run) for one, run in runs.items()}
        claims.append(claim(f"{task}: peak of tensors alive", "MB", ours=memory["ours"], peer=memory["loop"], n=1))
    return report(claims)


if __name__ == "__main__":
    raise SystemExit(main())
