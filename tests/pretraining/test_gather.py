"""Two processes of gloo, started here: gathered losses and their gradients are those of the whole batch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from einthoven.pretraining.contrast import info_nce
from einthoven.pretraining.gather import agreed, gathered, mean_over_all, rank, world_size
from einthoven.pretraining.local import matched


def batch() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    stream = torch.Generator().manual_seed(0)
    a, b = (torch.randn(8, 4, generator=stream, dtype=torch.float64) for _ in range(2))
    kinds = torch.stack([torch.arange(8), torch.tensor([0, 1, 2, 0, 4, 1, 6, 7])], 1)
    here = torch.tensor([True, True, False, True, True, True, True, True])  # 3 rows of one process, 4 of the other
    return (
        a.requires_grad_(),
        b.requires_grad_(),
        torch.tensor(2.0, dtype=torch.float64, requires_grad=True),
        kinds,
        here,
    )


def half(number: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=number, world_size=2)
    a, b, scale, kinds, here = batch()
    mine = slice(4 * number, 4 * number + 4)
    loss = info_nce(a[mine], b[mine], scale=scale, kinds=kinds[mine], here=here[mine])
    loss.backward()
    found = [loss.detach(), a.grad, b.grad, scale.grad]
    found += [mean_over_all(torch.arange(8.0)[mine], here[mine]), gathered(here[mine]).sum()]
    found += [torch.tensor([rank(), world_size(), agreed(number == 1, torch.device("cpu"))])]
    torch.save(found, f"{folder}/{number}.pt")
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_mean_of_two_processes_is_the_whole_batchs_loss_and_gradient(tmp_path: Path) -> None:
    mp.start_processes(half, (str(tmp_path),), nprocs=2, start_method="fork")
    halves = [torch.load(tmp_path / f"{number}.pt") for number in range(2)]
    a, b, scale, kinds, here = batch()
    loss = info_nce(a, b, scale=scale, kinds=kinds, here=here)
    loss.backward()
    for place, whole in enumerate((loss.detach(), a.grad, b.grad, scale.grad)):
        torch.testing.assert_close((halves[0][place] + halves[1][place]) / 2, whole, rtol=1e-12, atol=1e-14)
    mean = float(torch.arange(8.0)[here].mean())
    assert float(halves[0][4] + halves[1][4]) / 2 == pytest.approx(mean)
    assert int(halves[0][5]) == int(here.sum())
    assert [one[6].tolist() for one in halves] == [[0, 2, 1], [1, 2, 1]]


def spoken() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Beats, sentences (the first four reports have two at most, the others three), who has which, and kinds."""
    stream = torch.Generator().manual_seed(1)
    beats = torch.randn(8, 3, 5, generator=stream, dtype=torch.float64)
    sentences = torch.randn(8, 3, 5, generator=stream, dtype=torch.float64)
    said = torch.arange(3)[None] < torch.tensor([2, 1, 0, 2, 3, 1, 2, 3])[:, None]
    return beats.requires_grad_(), sentences.requires_grad_(), said, batch()[3]


def half_spoken(number: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=number, world_size=2)
    beats, sentences, said, kinds = spoken()
    mine, most = slice(4 * number, 4 * number + 4), 2 + number
    there = torch.ones(4, 3, dtype=torch.bool)
    told = sentences[mine, :most], said[mine, :most]
    losses = [
        matched((beats[mine], there), told, kinds=kinds[mine], here=said[mine].any(1), everywhere=everywhere)
        for everywhere in (True, False)
    ]
    losses[0].backward()
    torch.save([losses[0].detach(), beats.grad, sentences.grad, losses[1].detach()], f"{folder}/{number}.pt")
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sentences_of_two_processes_meet_the_beats_of_both(tmp_path: Path) -> None:
    mp.start_processes(half_spoken, (str(tmp_path),), nprocs=2, start_method="fork")
    halves = [torch.load(tmp_path / f"{number}.pt") for number in range(2)]
    beats, sentences, said, kinds = spoken()
    there = torch.ones(8, 3, dtype=torch.bool)
    loss = matched((beats, there), (sentences, said), kinds=kinds, here=said.any(1))
    loss.backward()
    for place, whole in enumerate((loss.detach(), beats.grad, sentences.grad)):
        torch.testing.assert_close((halves[0][place] + halves[1][place]) / 2, whole, rtol=1e-9, atol=1e-12)
    alone = []
    for rows in (slice(0, 4), slice(4, 8)):
        told = sentences[rows], said[rows]
        one = matched((beats[rows], there[rows]), told, kinds=kinds[rows], here=said[rows].any(1))
        alone.append(float(one.detach()))
    mean = (3 * alone[0] + 4 * alone[1]) / 7  # one report of the first half says nothing
    assert float(halves[0][3] + halves[1][3]) / 2 == pytest.approx(mean)


def test_alone_everything_is_itself() -> None:
    values = torch.arange(3.0)
    assert gathered(values) is values
    assert (rank(), world_size()) == (0, 1)
    assert not agreed(False, torch.device("cpu"))
    assert float(mean_over_all(values, torch.tensor([True, False, True]))) == 1
    assert float(mean_over_all(values, torch.zeros(3, dtype=torch.bool))) == 0
