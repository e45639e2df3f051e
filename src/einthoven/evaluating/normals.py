"""Normals of two sides: their distributions, how far apart these lie, and whether a classifier tells them apart.

Rows for each stand beside what random halves of the real normals give. Shapes: n studies, F measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.distribution import distance, quantiles
from einthoven.evaluating.domain import CLASSIFIERS, lost_without, told_apart
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.measures import MEASURES
from einthoven.evaluating.metrics import auroc
from einthoven.evaluating.result import Result
from einthoven.evaluating.sides import Side, Sides

__all__ = ["AGAINST", "HALVES", "HEART", "QUANTILES", "SAMPLED", "Normals"]

Array = NDArray[np.float64]
Row = Callable[..., Result]
AGAINST, HALVES, SAMPLED = "simulated against real", "real half against real half", "simulated against real half"
"""Subjects of the rows."""
QUANTILES = {"5 %": 0.05, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "95 %": 0.95}
EVERY = tuple(name for name, measure in MEASURES.items() if measure.unit != "deg")
"""What is compared as numbers; of an axis its sine and cosine."""
HEART = tuple(name for name in EVERY if MEASURES[name].heart)


@dataclass(frozen=True, eq=False)
class Normals:
    """The normal studies of both sides.

    Args:
        sides: all studies.
        seed: of halves, folds and resamples.
        splits: the real studies' splits, in words.
        classifiers: names of `CLASSIFIERS` that try to tell the sides apart.
    """

    sides: Sides
    seed: int = 0
    splits: str = ""
    classifiers: tuple[str, ...] = tuple(CLASSIFIERS)

    def rows(self) -> Iterator[Result]:
        """Yield every row about the normals."""
        row = partial(Result, "realism", n=len(self.real), seed=self.seed)
        yield from self._distributions(row)
        yield from self._distances(row)
        if self.classifiers:
            yield from self._apart(row)
            yield from self._halves_apart(row)

    @cached_property
    def real(self) -> Array:
        """Measures of the real normals as they are compared, (n, F)."""
        return self.sides.real.compared[self.sides.real.normal]

    @cached_property
    def made(self) -> Array:
        """Measures of the simulated normals as they are compared, (n, F)."""
        return self.sides.simulated.compared[self.sides.simulated.normal]

    @cached_property
    def patients(self) -> list[str]:
        """Patients of the real normals, (n,)."""
        return _groups(self.sides.real)

    def _distributions(self, row: Row) -> Iterator[Result]:
        real, made = (side.values[side.normal] for side in (self.sides.real, self.sides.simulated))
        weights, at = self.sides.matching.weights, [*QUANTILES.values()]
        for column, name in enumerate(MEASURES):
            theirs = quantiles(real[:, column], np.ones(len(real)), at)
            ours = quantiles(made[:, column], weights, at)
            for word, their, our in zip(QUANTILES, theirs, ours, strict=True):
                yield row("real", word, name, float(their), detail=self.splits)
                yield row("simulated", word, name, float(our), detail="weighted to the real ages and sexes")
            inside = float(theirs[1] <= ours[2] <= theirs[3]) if np.isfinite(ours[2]) else np.nan
            yield row(AGAINST, "median inside the real 25-75 %", name, inside)
            yield row(AGAINST, "KS", name, distance(made[:, column], real[:, column], weights))

    def _distances(self, row: Row, *, times: int = 20) -> Iterator[Result]:
        """Yield the mean distance, and that of halves of the real normals and of simulated samples of their size."""
        columns, matched = self.sides.shared(EVERY), self.sides.matching
        target = f"{len(columns)} measures"
        words = f"{len(self.made)} simulated, worth {matched.effective:.0f} after matching"
        yield row(AGAINST, "mean KS", target, _mean(self.made, self.real, columns, matched.weights), detail=words)
        rng = np.random.Generator(np.random.Philox(self.seed))
        among, sampled = [], []
        for _ in range(times):
            half = _half(self.patients, rng)
            size = min(int(half.sum()), len(self.made))
            drawn = rng.choice(len(self.made), size, p=matched.weights / matched.weights.sum())
            among.append(_mean(self.real[half], self.real[~half], columns))
            sampled.append(_mean(self.made[drawn], self.real[~half], columns))
        words = f"mean of {times} halves, about {len(self.real) // 2} on each side"
        yield row(HALVES, "mean KS", target, float(np.mean(among)), detail=words)
        yield row(SAMPLED, "mean KS", target, float(np.mean(sampled)), detail=words)

    def _apart(self, row: Row) -> Iterator[Result]:
        """Yield how well classifiers tell the normals apart, and by which measures."""
        truth = np.repeat([True, False], [len(self.made), len(self.real)])
        groups = [f"simulated {one}" for one in _groups(self.sides.simulated)] + self.patients
        balance = len(self.real) / len(self.made)
        weights = np.concatenate([self.sides.matching.weights * balance, np.ones(len(self.real))])
        values, draws = np.concatenate([self.made, self.real]), resamples(groups, seed=self.seed) * weights
        for what, names in (("all", EVERY), ("of the heart", HEART)):
            columns = self.sides.shared(names)
            for name in self.classifiers:
                tell = partial(told_apart, act=CLASSIFIERS[name], weights=weights, seed=self.seed)
                scores = tell(values[:, columns], truth, groups)
                found = interval(auroc(scores, truth, draws))
                yield row(AGAINST, "AUROC", f"{len(columns)} measures {what}", *found, detail=name)
        if "gradient boosting" not in self.classifiers:
            return
        columns = self.sides.shared(EVERY)
        lost = lost_without(values[:, columns], truth, groups, weights=weights, seed=self.seed)
        for column, value in zip(columns, lost, strict=True):
            yield row(AGAINST, "AUROC lost", [*MEASURES][column], float(value), detail="gradient boosting, shuffled")

    def _halves_apart(self, row: Row, *, times: int = 5) -> Iterator[Result]:
        columns, once = self.sides.shared(EVERY), np.ones(len(self.real))
        rng = np.random.Generator(np.random.Philox(self.seed))
        halves = [_half(self.patients, rng) for _ in range(times)]
        for name in self.classifiers:
            act = CLASSIFIERS[name]
            tell = partial(told_apart, self.real[:, columns], act=act, weights=once, seed=self.seed)
            areas = [auroc(tell(half, self.patients), half, once[None])[0] for half in halves]
            words = f"{name}, mean of {times} halves"
            yield row(HALVES, "AUROC", f"{len(columns)} measures all", float(np.mean(areas)), detail=words)


def _mean(ours: Array, theirs: Array, columns: Sequence[int], weights: Array | None = None) -> float:
    return float(np.mean([distance(ours[:, one], theirs[:, one], weights) for one in columns]))


def _half(groups: Sequence[str], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a random half of the patients as a mask over the studies."""
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    return np.asarray((rng.permutation(len(names)) % 2 == 0)[member])


def _groups(side: Side) -> list[str]:
    return [study.group for study in side.normals()]
