"""Sides: simulated and real studies, measured by the same code. Shapes: n studies, F measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.matching import Matching, are_normal, matching
from einthoven.evaluating.measures import MEASURES
from einthoven.evaluating.population import Population
from einthoven.evaluating.protocol import Examination
from einthoven.study import Study

__all__ = ["LEAST_NORMALS", "Side", "Sides", "sides_of"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]

LEAST_NORMALS = 20
"""Fewer normal ECGs on a side say nothing about a distribution."""
_FLOORS = {"s": 2e-3, "": 5e-3, "uV": 0.1}
"""Below these a logarithm would be one of rounding, by unit."""


@dataclass(frozen=True, eq=False)
class Side:
    """Studies and what was measured on them.

    Args:
        studies: n labelled ones.
        values: (n, F), NaN what could not be measured.
    """

    studies: tuple[Study, ...]
    values: Array

    @cached_property
    def normal(self) -> Truth:
        """Who is normal, (n,)."""
        return are_normal(self.studies)

    @cached_property
    def groups(self) -> list[str]:
        """The studies' patients, (n,)."""
        return [study.group for study in self.studies]

    @cached_property
    def compared(self) -> Array:
        """The values as they are compared, (n, F): logarithms where the measure says so."""
        out = self.values.copy()
        for column, measure in enumerate(MEASURES.values()):
            if measure.log:
                out[:, column] = np.log10(np.maximum(out[:, column], _FLOORS[measure.unit]))
        return out

    def normals(self) -> tuple[Study, ...]:
        """Return the normal studies."""
        return tuple(study for study, kept in zip(self.studies, self.normal, strict=True) if kept)


@dataclass(frozen=True, eq=False)
class Sides:
    """The two sides of a comparison, and the weights that give simulated normals the real ages and sexes."""

    real: Side
    simulated: Side

    @cached_property
    def matching(self) -> Matching:
        """Weights of the simulated normals, (simulated normals,)."""
        return matching(self.simulated.normals(), self.real.normals())

    @cached_property
    def weights(self) -> Array:
        """How much each simulated study counts, (n,): normals as matched, others 1."""
        weights = np.ones(len(self.simulated.studies))
        weights[self.simulated.normal] = self.matching.weights
        return weights

    def shared(self, names: Sequence[str]) -> list[int]:
        """Return the columns of those measures that are known for at least half the normals of both sides."""
        known = [np.isfinite(side.values[side.normal]).mean(axis=0) >= 0.5 for side in (self.real, self.simulated)]
        return [column for column, name in enumerate(MEASURES) if name in names and all(one[column] for one in known)]


def sides_of(population: Population, exam: Examination) -> Sides:
    """Measure both sides. Raises EvaluationError where one of them has too few normals to speak of."""
    own, own_values = population.own()
    if not own:
        reasons = list(population.refused_own.values())
        raise EvaluationError(
            "both sides are measured in the same eight leads, and both carry SCP statements",
            came=f"no study of {population.cohort.name} is usable"
            + (f", the first because: {reasons[0]}" if reasons else ": none is labelled"),
            instead='Pass a cohort such as ein.gather("simulated", n=1500).',
            see="docs/realism.md",
        )
    real = Side(exam.test, population.pooled(exam.test).astype(np.float64))
    sides = Sides(real, Side(own, own_values.astype(np.float64)))
    for name, side in (("simulated", sides.simulated), ("real", sides.real)):
        if side.normal.sum() < LEAST_NORMALS:
            raise EvaluationError(
                f"realism is judged on at least {LEAST_NORMALS} normal ECGs a side",
                came=f"the {name} side has {side.normal.sum()} of {len(side.studies)} labelled NORM and nothing "
                "else diagnostic",
                instead="Take more studies, other splits (on=), or labels in SCP statements.",
                see="docs/realism.md",
            )
    return sides
