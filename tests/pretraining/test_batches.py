from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from waves import RECIPE, cohort_of, recording, report, vit, words

from einthoven.errors import TrainingError
from einthoven.gathering.store import Store
from einthoven.pretraining.batches import Batches, Reports, Traces, ahead, normal


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.build(cohort_of(40, 10), tmp_path_factory.mktemp("store") / "s", RECIPE, workers=1, progress=False)


def batches(store: Store, rows: int = 40, **options: object) -> Batches:
    return Batches({"ecg": Traces(store, vit())}, np.arange(rows), **{"batch": 8, **options})


def rows_of(bundles: list) -> list[int]:
    return [row for one in bundles for row in one.groups["ecg"].tolist()]


def test_an_epoch_sees_every_study_once_in_its_own_order(store: Store) -> None:
    made = batches(store)
    epochs = [[row for step in range(5) for row in rows_of(made.step(5 * epoch + step))] for epoch in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(40))
    assert epochs[0] != epochs[1] != list(range(40))


def test_a_step_depends_on_its_number_alone(store: Store) -> None:
    first, again = batches(store).step(7), batches(store)
    for number in (3, 0, 7):
        last = again.step(number)
    assert torch.equal(first[0].inputs["ecg"].signal, last[0].inputs["ecg"].signal)
    assert rows_of(first) == rows_of(last) != rows_of(batches(store, seed=1).step(7))


@pytest.mark.parametrize("accumulate", [1, 2])
def test_two_processes_see_what_one_with_twice_the_batch_sees(store: Store, accumulate: int) -> None:
    one = batches(store, batch=8, accumulate=accumulate)
    two = [batches(store, batch=4, accumulate=accumulate, place=(rank, 2)) for rank in range(2)]
    assert one.per_epoch == two[0].per_epoch == 5 // accumulate
    for number in range(one.per_epoch):
        for micro in range(accumulate):
            whole, halves = one.step(number)[micro], [half.step(number)[micro] for half in two]
            assert rows_of([whole]) == rows_of(halves)
            assert whole.position.tolist() == [place for half in halves for place in half.position.tolist()]


def test_micro_batches_divide_the_step(store: Store) -> None:
    whole, parts = batches(store, batch=8).step(2), batches(store, batch=4, accumulate=2).step(2)
    assert rows_of(whole) == rows_of(parts)
    assert [one.position.tolist() for one in parts] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_last_batch_of_one_is_taken_or_left_out(store: Store) -> None:
    assert len(batches(store, rows=33).step(4)[0]) == 1
    assert batches(store, rows=33).per_epoch == 5
    assert batches(store, rows=33, full=True).per_epoch == 4
    assert batches(store, rows=33, batch=4, place=(0, 2)).per_epoch == 4


def test_too_few_studies_for_a_step_are_told(store: Store) -> None:
    with pytest.raises(TrainingError, match=r"5 studies for steps of 8 .*Choose a batch of at most 5"):
        batches(store, rows=5, full=True)


def test_without_a_seed_the_order_is_the_rows(store: Store) -> None:
    assert rows_of(batches(store, seed=None).step(6)) == list(range(8, 16))


def test_signals_are_what_the_encoder_prepares(store: Store) -> None:
    encoder = vit()
    batch = batches(store, seed=None).step(0)[0]
    whole = encoder.prepare([recording(number) for number in range(8)])
    torch.testing.assert_close(batch.inputs["ecg"].signal, whole.signal, atol=6e-4, rtol=0)
    assert torch.equal(batch.inputs["ecg"].length, whole.length)
    assert batch.present["ecg"].all()


def test_words_are_what_the_encoder_prepares() -> None:
    encoder, texts = words(), [report(number) for number in range(20)]
    encoder.fit_tokenizer(texts)
    feed = Reports([*texts, None, "  "], encoder.prepare, chunk=3)
    rows = np.array([3, 19, 7])
    batch, present, _ = feed.take(rows)
    expected = encoder.prepare([texts[row] for row in rows])
    assert torch.equal(batch.ids, expected.ids)
    assert torch.equal(batch.mask, expected.mask)
    assert present.tolist() == [True, True, True]
    _, present, _ = feed.take(np.array([20, 0, 21]))
    assert present.tolist() == [False, True, False]


def test_each_different_report_is_tokenised_once() -> None:
    encoder, texts = words(), ["a b", "a b", "c", "a b", "c"]
    encoder.fit_tokenizer(texts)
    asked: list[str] = []

    def prepare(items: list[str]) -> object:
        asked.extend(items)
        return encoder.prepare(items)

    Reports(texts * 10, prepare)
    assert asked == ["a b", "c"]


def test_reports_of_the_same_words_are_one_group() -> None:
    encoder = words()
    encoder.fit_tokenizer(["sinus rhythm", "other"])
    _, _, groups = Reports(["Sinus rhythm.", " sinus  RHYTHM", "other"], encoder.prepare).take(np.arange(3))
    assert groups[0] == groups[1] != groups[2]
    assert normal("A.\nb. ") == "a. b"


def test_what_is_made_ahead_comes_in_order_and_errors_come_through() -> None:
    assert list(ahead(lambda number: number**2, range(4))) == [(0, 0), (1, 1), (2, 4), (3, 9)]
    assert list(ahead(str, [])) == []
    steps = ahead(lambda number: 1 / (2 - number), range(4))
    assert next(steps) == (0, 0.5)
    assert next(steps) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(steps)


def test_a_store_of_shorter_recordings_says_how_long_they_are(tmp_path: Path) -> None:
    cohort = cohort_of(8, 0)
    made = Store.build(cohort, tmp_path / "s", RECIPE, workers=1, progress=False)
    batch, present, groups = Traces(made, vit()).take(np.array([5, 2]))
    assert batch.length.tolist() == [100, 100]
    assert present.all()
    assert groups.tolist() == [5, 2]
