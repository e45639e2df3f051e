from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from waves import bundle, draws, texts, vit, words

from einthoven.encoding import encoder
from einthoven.errors import TrainingError
from einthoven.pretraining import Bundle, Contrast, Local, Step
from einthoven.pretraining.alignment import alignment
from einthoven.pretraining.local import matched

STEEPNESS = (4.0, 5.0, 10.0)


def score(beats: Tensor, sentences: Tensor, over: str) -> Tensor:
    """The formula for one recording and one report, one beat and one sentence at a time."""
    share = [torch.stack([torch.dot(q, b) for q in sentences]).softmax(0) for b in beats]
    near = []
    for row, q in enumerate(sentences):
        weight = torch.stack([STEEPNESS[0] * one[row] for one in share]).softmax(0)
        attended = sum(w * b for w, b in zip(weight, beats, strict=True))
        near.append(torch.exp(STEEPNESS[1] * torch.dot(q, attended) / (q.norm() * attended.norm())))
    total = sum(near) if over == "sum" else sum(near) / len(near)
    return STEEPNESS[2] * torch.log(total)


def brute(beats: list[Tensor], sentences: list[Tensor], kinds: Tensor, over: str) -> Tensor:
    rows = [row for row in range(len(beats)) if len(sentences[row])]
    table = {(j, i): score(beats[j], sentences[i], over) for j in rows for i in rows}
    losses = []
    for i in rows:
        friends = [j for j in rows if i == j or (kinds[i] == kinds[j]).any()]
        for line in ([table[i, j] for j in rows], [table[j, i] for j in rows]):
            chances = torch.log_softmax(torch.stack(line), 0)
            losses.append(-sum(chances[rows.index(j)] for j in friends) / len(friends) / 2)
    return sum(losses) / len(rows)


def ragged(counts: list[int], width: int, seed: int) -> list[Tensor]:
    stream = torch.Generator().manual_seed(seed)
    return [torch.randn(n, width, generator=stream, dtype=torch.float64).requires_grad_() for n in counts]


def padded(parts: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Pad with what must not matter."""
    longest = max(map(len, parts))
    rows = [torch.cat([one, torch.full((longest - len(one), one.shape[1]), 7.0, dtype=one.dtype)]) for one in parts]
    return torch.stack(rows), torch.tensor([[n < len(one) for n in range(longest)] for one in parts])


@pytest.mark.parametrize("over", ["sum", "mean"])
@pytest.mark.parametrize("case", ["ragged", "even", "duplicates", "a report without a sentence"])
def test_the_loss_and_its_gradient_equal_brute_force(case: str, over: str) -> None:
    counts = {"even": [3] * 5, "a report without a sentence": [2, 0, 4, 1, 3]}.get(case, [1, 5, 2, 8, 3])
    kinds = torch.arange(5)[:, None].repeat(1, 2)
    if case == "duplicates":
        kinds[3, 1] = 0
    beats, sentences = ragged([4, 4, 3, 4, 1], 6, 0), ragged(counts, 6, 1)
    expected = brute(beats, sentences, kinds, over)
    expected.backward()
    slopes = [one.grad for one in (*beats, *sentences)]
    for one in (*beats, *sentences):
        one.grad = None
    b, q = padded(beats), padded(sentences)
    loss = matched(b, q, kinds=kinds, here=q[1].any(1), over=over)
    loss.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-9)
    for one, slope in zip((*beats, *sentences), slopes, strict=True):
        found = torch.zeros_like(one) if one.grad is None else one.grad
        torch.testing.assert_close(found, torch.zeros_like(one) if slope is None else slope, rtol=1e-6, atol=1e-9)


def test_a_mean_does_not_prefer_long_reports_and_a_sum_does() -> None:
    beats = torch.randn(2, 3, 8), torch.ones(2, 3, dtype=torch.bool)
    one = torch.randn(1, 1, 8)
    said = torch.tensor([[True, False], [True, True]])
    sentences = torch.cat([one, one], 1).repeat(2, 1, 1), said  # the second says the same sentence twice
    summed, mean = (alignment(beats, sentences, over=over) for over in ("sum", "mean"))
    assert ((summed[:, 1] - summed[:, 0]) > 10 * math.log(2) - 1).all()
    assert ((mean[:, 1] - mean[:, 0]).abs() < 1).all()


def test_beats_that_cancel_give_numbers_not_nan() -> None:
    beats = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]]).requires_grad_()
    sentences = torch.tensor([[[0.0, 1.0]]])
    there = torch.ones(1, 2, dtype=torch.bool)
    alignment((beats, there), (sentences, there[:, :1])).sum().backward()
    assert beats.grad is not None
    assert beats.grad.isfinite().all()


def test_a_batch_without_any_pair_gives_zero_and_no_nan() -> None:
    beats, sentences = padded(ragged([2, 2], 4, 0)), padded(ragged([1, 1], 4, 1))
    kinds = torch.arange(2)[:, None].repeat(1, 2)
    loss = matched(beats, sentences, kinds=kinds, here=torch.zeros(2, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0


def test_the_term_is_what_its_parts_say() -> None:
    ecg, report = vit(), words()
    objective = Local(ecg, report, width=8, over="sum")
    batch = bundle(4, words=texts(report))
    step = Step(objective).eval()
    losses, _ = step(batch, draws())
    seen = {view: step.look(view, batch, draws()) for view in objective.views()}
    (beats, measured), (sentences, said) = objective.parts(seen)
    kept = [
        [one[mask].double() for one, mask in zip(*pair, strict=True)] for pair in ((beats, measured), (sentences, said))
    ]
    expected = brute(*kept, torch.arange(4)[:, None].repeat(1, 2), "sum")
    assert float(losses["local-ecg-report"].detach()) == pytest.approx(float(expected.detach()), abs=1e-4)


def test_beats_go_through_the_space_that_pooled_goes_through() -> None:
    ecg, report = vit(), words()
    clip, local = Contrast(ecg, report), Local(ecg, report)
    total = local + clip
    space = total.spaces()["shared"]
    assert clip.spaces()["shared"] is local.spaces()["shared"] is space
    assert set(space.widths) == {"ecg", "report"}
    batch = bundle(words=texts(report))
    seen = {view: Step(total).look(view, batch, draws()) for view in local.views()}
    (beats, _), _ = local.parts(seen)
    rhythm = torch.nn.functional.normalize(beats.mean(1), dim=-1)
    torch.testing.assert_close(rhythm, space.project("ecg", seen[local.pair[0]].pooled))


def test_reports_that_are_missing_or_say_nothing_are_left_out() -> None:
    ecg, report = vit(), words()
    objective = Local(ecg, report)
    batch = bundle(6, words=texts(report, 6))
    silent = batch.inputs["report"]
    silent.sentence[1] = -1
    present = {"ecg": torch.ones(6).bool(), "report": torch.tensor([1, 1, 1, 0, 1, 1]).bool()}
    whole = Bundle(batch.inputs, present=present, groups=batch.groups, position=batch.position)
    keep = torch.tensor([0, 2, 4, 5])
    inputs = {name: one[keep] for name, one in batch.inputs.items()}
    groups = {name: one[keep] for name, one in batch.groups.items()}
    part = Bundle(inputs, present={name: torch.ones(4).bool() for name in inputs}, groups=groups, position=keep)
    step = Step(objective).eval()
    torch.testing.assert_close(*(step(one, draws(6))[0]["local-ecg-report"] for one in (whole, part)))


def test_equal_reports_are_positives_unless_told() -> None:
    ecg, report = vit(), words()
    batch = bundle(4, words=texts(report))
    equal = Bundle(
        batch.inputs, present=batch.present, groups={**batch.groups, "report": torch.tensor([0, 1, 0, 1])},
        position=batch.position,
    )  # fmt: skip
    for duplicates, alike in ((True, False), (False, True)):
        step = Step(Local(ecg, report, duplicates=duplicates)).eval()
        one, other = (step(each, draws())[0]["local-ecg-report"] for each in (batch, equal))
        assert bool(torch.equal(one, other)) == alike


def test_words_whose_sentences_nobody_counted_are_one_sentence() -> None:
    report = words()
    batch = texts(report)
    seen = report(batch)
    vectors, said = report.pool("sentences", seen, replace(batch, sentence=None))
    assert vectors.shape[1] == 1
    assert said.all()
    torch.testing.assert_close(vectors[:, 0], seen.pooled)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(
        TrainingError, match=r'"mean" or the "sum" over its sentences; over=\'max\'.*what MELP released'
    ):
        Local(vit(), words(), over="max")
    wide = encoder("resnet-tiny")
    with pytest.raises(TrainingError, match=r"has tokens of width 96 and pools 192.*space=None"):
        Local(wide, words())
    assert Local(wide, words(), space=None).spaces() == {}


class Largest(TorchDispatchMode):
    """Remember how many numbers the largest tensor had."""

    most = 0

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = operation(*args, **(kwargs or {}))
        for one in out if isinstance(out, (tuple, list)) else [out]:
            self.most = max(self.most, one.numel() if isinstance(one, Tensor) else 0)
        return out


def test_nothing_is_as_large_as_every_sentence_with_every_ecg() -> None:
    B, N, S, D = 32, 8, 4, 64
    beats = torch.randn(B, N, D).requires_grad_(), torch.ones(B, N, dtype=torch.bool)
    sentences = torch.randn(B, S, D).requires_grad_(), torch.ones(B, S, dtype=torch.bool)
    with Largest() as seen:
        alignment(beats, sentences).sum().backward()
    assert seen.most == B * B * S * N < B * B * S * D
