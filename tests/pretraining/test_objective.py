from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn
from waves import bundle, draws, texts, vit, words

from einthoven.encoding import Encoder, Space
from einthoven.errors import TrainingError
from einthoven.pretraining import Augmentation, Bundle, Contrast, Masked, Objective, Seen, Step, Sum, View


class Norm(Objective):
    """The smallest objective: two methods."""

    def __init__(self, encoder: Encoder, name: str = "norm", *, view: View | None = None) -> None:
        super().__init__(name, encoders=(encoder,))
        self.view = view or View(encoder.modality)
        self.scaffold = nn.Linear(encoder.width, 1)

    def views(self) -> tuple[View, ...]:
        return (self.view,)

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        square = seen[self.view].pooled.square().mean()
        return {
            f"{self.name}/pooled": square,
            f"{self.name}/head": self.scaffold(seen[self.view].pooled).square().mean(),
        }


def forwards(objective: Objective, batch: Bundle) -> dict[str, int]:
    """Count how often each encoder runs in one step."""
    counts = dict.fromkeys(objective.encoders(), 0)
    for name, encoder in objective.encoders().items():
        encoder.register_forward_hook(lambda *_, name=name: counts.__setitem__(name, counts[name] + 1))
    Step(objective)(batch, draws(len(batch)))
    return counts


def test_weights_multiply_and_sums_of_sums_are_flat() -> None:
    ecg = vit()
    a, b, c = (Norm(ecg, name) for name in "abc")
    total = 0.5 * (a + 0.2 * b) + c * 3
    assert total.weights == (0.5, 0.1, 3.0)
    assert [term.name for term in total.terms] == ["a", "b", "c"]
    assert str(total) == "0.5 a + 0.1 b + 3 c"
    assert total.config()["terms"][1] == {"weight": 0.1, "name": "b"}


def test_the_plain_spelling_is_the_same_sum() -> None:
    ecg = vit()
    a, b = Norm(ecg, "a"), Norm(ecg, "b")
    assert Sum((1.0, a), (0.1, b)).config() == (a + 0.1 * b).config()


def test_losses_are_told_unweighted_and_minimised_weighted() -> None:
    ecg = vit()
    a, b = Norm(ecg, "a"), Norm(ecg, "ab")
    total = 2 * a + 0.25 * b
    losses, _ = Step(total)(bundle(), draws())
    assert set(losses) == {"a/pooled", "a/head", "ab/pooled", "ab/head"}
    assert losses["a/pooled"] == losses["ab/pooled"]
    expected = 2 * (losses["a/pooled"] + losses["a/head"]) + 0.25 * (losses["ab/pooled"] + losses["ab/head"])
    torch.testing.assert_close(total.total(losses), expected)


def test_two_terms_of_one_name_are_refused() -> None:
    ecg = vit()
    with pytest.raises(
        TrainingError, match=r"different names.*two terms are called 'masked-ecg'.*name=\"masked-ecg-2\""
    ):
        Masked(ecg) + Masked(ecg, ratio=0.5)
    assert (Masked(ecg) + Norm(ecg, "masked-ecg-2")).weights == (1, 1)


def test_two_encoders_of_one_modality_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"two different 'ecg' encoders came.*hand the same object to every term"):
        Norm(vit(), "a") + Norm(vit(), "b")


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_a_weight_is_a_number_of_0_or_more(weight: float) -> None:
    with pytest.raises(TrainingError, match="a weight is a number of 0 or more"):
        weight * Norm(vit())


def test_an_empty_sum_is_refused_and_other_things_do_not_add() -> None:
    with pytest.raises(TrainingError, match="no term came"):
        Sum()
    with pytest.raises(TypeError):
        Norm(vit()) + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        Norm(vit()) * "2"  # type: ignore[operator]


def test_different_views_of_one_name_are_refused() -> None:
    ecg = vit()
    views = View("ecg", "one", mask=0.5), View("ecg", "one", mask=0.75)
    with pytest.raises(TrainingError, match=r"two different views are called 'ecg\.one'"):
        Norm(ecg, "a", view=views[0]) + Norm(ecg, "b", view=views[1])


def test_clip_takes_one_forward_a_tower() -> None:
    ecg, report = vit(), words()
    assert forwards(Contrast(ecg, report), bundle(words=texts(report))) == {"ecg": 1, "report": 1}


def test_merl_takes_one_forward_a_tower() -> None:
    ecg, report = vit(), words()
    merl = Contrast(ecg, report) + Contrast(ecg, ecg, views="dropout")
    assert [term.name for term in merl.terms] == ["contrast-ecg-report", "contrast-ecg-ecg-dropout"]
    assert forwards(merl, bundle(words=texts(report))) == {"ecg": 1, "report": 1}


def test_hybrid_takes_two_views() -> None:
    ecg = vit()
    hybrid = Masked(ecg) + 0.1 * Contrast(ecg, ecg)
    assert forwards(hybrid, bundle()) == {"ecg": 2}
    masked, twin = hybrid.views()
    assert (masked.label, twin.label) == ("ecg.masked", "ecg.masked-twin")
    assert masked.mask == twin.mask == 0.75


def test_the_order_of_a_sum_does_not_change_its_plan() -> None:
    ecg = vit()
    assert set((0.1 * Contrast(ecg, ecg) + Masked(ecg)).views()) == set(
        (Masked(ecg) + 0.1 * Contrast(ecg, ecg)).views()
    )


def test_views_that_were_chosen_are_kept() -> None:
    ecg = vit()
    one, two = View("ecg", "one", augment=Augmentation(noise=0.1)), View("ecg", "two")
    total = Masked(ecg) + Contrast(ecg, ecg, views=(one, two))
    assert forwards(total, bundle()) == {"ecg": 3}
    assert set(total.views()) == {View("ecg", "masked", mask=0.75), one, two}


def test_a_shared_encoder_is_held_and_stepped_once() -> None:
    ecg, report = vit(), words()
    step = Step(Contrast(ecg, report) + Masked(ecg) + 0.5 * Norm(ecg))
    names = [name for name, _ in step.named_parameters()]
    assert len(names) == len(set(names)) == len({id(weight) for weight in step.parameters()})
    assert len(step.state_dict()) == len({tensor.data_ptr() for tensor in step.state_dict().values()})
    assert {name.split(".")[0] for name in names} == {"encoders", "spaces", "objective"}
    assert not [name for name in names if name.startswith("objective") and ".encoders." in name]


def test_terms_that_name_one_space_share_it() -> None:
    ecg, report = vit(), words()
    first = Contrast(ecg, report)
    second = Contrast(ecg, ecg, views="dropout", space="shared", hidden=0)
    total = first + second
    assert total.spaces()["shared"] is first.spaces()["shared"] is second.spaces()["shared"]
    other = Contrast(ecg, ecg, space=Space({"ecg": 16}, width=128))
    joined = other + first
    assert set(joined.spaces()["shared"].widths) == {"ecg", "report"}
    assert set(joined.spaces()["shared"].projections) == {"ecg", "report"}


def test_one_space_has_one_width() -> None:
    ecg, report = vit(), words()
    with pytest.raises(TrainingError, match="space 'shared' is 128 wide in one term and 64 in another"):
        Contrast(ecg, report) + Contrast(ecg, ecg, space="shared", width=64)


def test_a_frozen_encoder_learns_nothing_and_drops_nothing() -> None:
    ecg, report = vit(), words(dropout=0.5)
    batch = bundle(words=texts(report))
    report.requires_grad_(False)
    step = Step(Contrast(ecg, report)).train()
    assert ecg.training
    assert not report.training
    losses, _ = step(batch, draws())
    step.objective.total(losses).backward()
    assert all(weight.grad is None for weight in report.parameters())
    assert all(weight.grad is not None for weight in ecg.parameters() if weight.requires_grad)


def test_a_modality_the_batch_lacks_is_named() -> None:
    with pytest.raises(TrainingError, match=r"'report' was asked for, ecg came"):
        Step(Contrast(vit(), words()))(bundle(), draws())


def test_plain_vectors_are_neither_masked_nor_augmented() -> None:
    ecg, report = vit(), words()
    batch = bundle(words=texts(report))
    step = Step(Contrast(ecg, report, augment="strong") + Masked(ecg)).eval()
    with torch.no_grad():
        _, vectors = step(batch, draws(), plainly=True)
        torch.testing.assert_close(vectors["ecg"], ecg(batch.inputs["ecg"]).pooled)
    assert set(vectors) == {"ecg", "report", "shared/ecg", "shared/report"}
    torch.testing.assert_close(vectors["shared/ecg"].norm(dim=1), torch.ones(4))
