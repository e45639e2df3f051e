from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize
from waves import bundle, draws, texts, vit, words

from einthoven.errors import TrainingError
from einthoven.pretraining import Bundle, Contrast, Step, View
from einthoven.pretraining.contrast import info_nce


def brute(a: Tensor, b: Tensor, scale: Tensor, kinds: Tensor, here: Tensor) -> Tensor:
    """The formula, word by word, one pair at a time."""
    rows = [row for row in range(len(a)) if here[row]]
    losses = []
    for i in rows:
        friends = [j for j in rows if i == j or kinds[i, 0] == kinds[j, 0] or kinds[i, 1] == kinds[j, 1]]
        for left, right in ((a, b), (b, a)):
            below = sum(torch.exp(scale * torch.dot(left[i], right[j])) for j in rows)
            shares = [torch.exp(scale * torch.dot(left[i], right[j])) / below for j in friends]
            losses += [-torch.log(share) / len(friends) / 2 for share in shares]
    return sum(losses) / len(rows)


def drawn(n: int = 9, *, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    stream = torch.Generator().manual_seed(seed)
    a, b = (normalize(torch.randn(n, 5, generator=stream, dtype=torch.float64), dim=1) for _ in range(2))
    return a.requires_grad_(), b.requires_grad_(), torch.tensor(3.0, dtype=torch.float64, requires_grad=True)


def distinct(n: int) -> Tensor:
    return torch.stack([torch.arange(n), torch.arange(n)], 1)


@pytest.mark.parametrize("case", ["distinct", "duplicates", "missing", "both"])
def test_the_loss_and_its_gradient_equal_brute_force(case: str) -> None:
    kinds, here = distinct(9), torch.ones(9, dtype=torch.bool)
    if case in {"duplicates", "both"}:
        kinds[:, 1] = torch.tensor([0, 1, 0, 3, 4, 0, 6, 1, 8])
        kinds[8, 0] = 3
    if case in {"missing", "both"}:
        here[[2, 5, 8]] = False
    grads = []
    for function in (brute, lambda a, b, s, k, h: info_nce(a, b, scale=s, kinds=k, here=h)):
        a, b, scale = drawn()
        loss = function(a, b, scale, kinds, here)
        loss.backward()
        grads.append((loss.detach(), a.grad, b.grad, scale.grad))
    for ours, theirs in zip(*grads, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


def test_missing_reports_leave_no_trace() -> None:
    a, b, scale = drawn()
    here = torch.tensor([True, False, True, True, False, True, True, True, True])
    whole = info_nce(a, b, scale=scale, kinds=distinct(9), here=here)
    left = info_nce(a[here], b[here], scale=scale, kinds=distinct(7), here=torch.ones(7, dtype=torch.bool))
    torch.testing.assert_close(whole, left)


def test_a_batch_without_any_pair_gives_zero_and_no_nan() -> None:
    a, b, scale = drawn()
    loss = info_nce(a, b, scale=scale, kinds=distinct(9), here=torch.zeros(9, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0
    assert not a.grad.any()
    assert not scale.grad.any()


def test_vectors_that_say_nothing_lose_ln_b() -> None:
    same = torch.ones(64, 4) / 2
    loss = info_nce(same, same, scale=torch.tensor(14.0), kinds=distinct(64), here=torch.ones(64, dtype=torch.bool))
    assert float(loss) == pytest.approx(math.log(64), abs=1e-5)


def test_a_fresh_pair_of_towers_begins_near_ln_b() -> None:
    ecg, report = vit(), words()
    objective = Contrast(ecg, report, temperature=1.0)
    losses, _ = Step(objective)(bundle(32, words=texts(report, 32)), draws(32))
    assert float(losses["contrast-ecg-report"].detach()) == pytest.approx(math.log(32), abs=0.25)


def test_identical_reports_are_not_pushed_apart() -> None:
    reports = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    kinds = torch.stack([torch.arange(3), torch.tensor([7, 7, 8])], 1)
    here = torch.ones(3, dtype=torch.bool)
    mixed = reports[[1, 0, 2]].requires_grad_()  # each ECG with the other's report: the words are the same
    info_nce(mixed, reports, scale=torch.tensor(50.0), kinds=kinds, here=here).backward()
    assert float(mixed.grad.abs().max()) < 1e-5
    perfect = reports.clone()
    aware = info_nce(perfect, perfect, scale=torch.tensor(50.0), kinds=kinds, here=here)
    assert float(aware) == pytest.approx(2 / 3 * math.log(2), abs=1e-5)  # two rows cannot tell two equal ones apart


def test_the_temperature_learns_and_stays_within_its_bounds() -> None:
    ecg, report = vit(), words()
    objective = Contrast(ecg, report)
    step = Step(objective)
    losses, _ = step(bundle(words=texts(report)), draws())
    objective.total(losses).backward()
    space = objective.spaces()["shared"]
    assert space.log_scale.grad.abs() > 0
    with torch.no_grad():
        space.log_scale.fill_(50)
    assert float(space.scale.detach()) == pytest.approx(100)


def test_dropout_views_differ_while_training_and_agree_afterwards() -> None:
    ecg = vit()
    objective = Contrast(ecg, ecg, views="dropout", dropout=0.5)
    step, batch = Step(objective), bundle(16)
    assert objective.views() == (View("ecg"),)
    trained, _ = step.train()(batch, draws(16))
    tested, _ = step.eval()(batch, draws(16))
    assert trained["contrast-ecg-ecg-dropout"] > tested["contrast-ecg-ecg-dropout"]


def test_two_views_of_one_modality_are_augmented_apart() -> None:
    ecg = vit()
    one, two = Contrast(ecg, ecg).views()
    assert one.augment == two.augment
    assert not one.augment.off
    step = Step(Contrast(ecg, ecg))
    looks = [step.look(view, bundle(), draws()).input.signal for view in (one, two)]
    assert not torch.equal(*looks)


def test_an_augmented_ecg_stands_beside_its_plain_report() -> None:
    ecg, report = vit(), words()
    one, two = Contrast(ecg, report, augment="light").views()
    assert (one.label, two.label) == ("ecg.one", "report")
    assert Contrast(ecg, report).views() == (View("ecg"), View("report"))


def test_rows_count_only_where_both_modalities_are_there() -> None:
    ecg, report = vit(), words()
    objective = Contrast(ecg, report)
    batch = bundle(6, words=texts(report, 6))
    present = {"ecg": torch.tensor([1, 1, 1, 0, 1, 1]).bool(), "report": torch.tensor([1, 0, 1, 1, 1, 1]).bool()}
    part = Bundle(batch.inputs, present=present, groups=batch.groups, position=batch.position)
    keep = torch.tensor([0, 2, 4, 5])
    inputs = {name: one[keep] for name, one in batch.inputs.items()}
    small = Bundle(
        inputs,
        present={name: torch.ones(4).bool() for name in inputs},
        groups={name: one[keep] for name, one in batch.groups.items()},
        position=keep,
    )
    step = Step(objective).eval()
    torch.testing.assert_close(*(step(one, draws(6))[0]["contrast-ecg-report"] for one in (part, small)))


@pytest.mark.parametrize("views", ["dropout", "droput", (View("report"), View("ecg"))])
def test_views_that_do_not_fit_are_refused(views: object) -> None:
    with pytest.raises(TrainingError, match=r"views are None, \"dropout\" or \"halves\".*between 'ecg' and 'report'"):
        Contrast(vit(), words(), views=views)  # type: ignore[arg-type]


def test_a_trained_space_can_go_on() -> None:
    ecg, report = vit(), words()
    space = Contrast(ecg, report).spaces()["shared"]
    again = Contrast(ecg, report, space=space)
    assert again.spaces() == {"shared": space}
    assert Contrast(ecg, report, views=(View("ecg", "x", mask=0.5), View("report"))).name == "contrast-ecg.x-report"


def test_the_same_seed_gives_the_same_projections() -> None:
    ecg, report = vit(), words()
    first, second, third = (
        Contrast(ecg, report, seed=seed).spaces()["shared"].projections["ecg"].weight for seed in (1, 1, 2)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, third)
