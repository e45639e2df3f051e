"""Realism: are simulated ECGs like real ones? In hand-made measures, effects of findings, and to a classifier's eye."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.domain import CLASSIFIERS
from einthoven.evaluating.effects import Group, ceiling, correlation, effect, groups_of, split_half
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.lineup import of_lineup
from einthoven.evaluating.normals import AGAINST, HALVES, HEART, Normals
from einthoven.evaluating.pictures import of_effects, of_measures
from einthoven.evaluating.population import Population
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.result import Result, Results
from einthoven.evaluating.sides import Sides, sides_of
from einthoven.evaluating.subject import Subject
from einthoven.evaluating.verdict import Verdict
from einthoven.files import write_text
from einthoven.gathering.download import open_sources
from einthoven.progress import track

__all__ = ["Realism"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Realism(Protocol):
    """A simulated cohort against the examined real studies, in hand-made measures.

    Normals of both sides are compared in every measure, the simulated ones weighted to the real ages and sexes. The
    effect of each finding (class minus normal) is correlated over the measures of the heart. Classifiers try to tell
    the normals apart. Real halves against each other say what "the same" looks like.

    Args:
        pictures: folder for measures.svg, effects.svg and lineup.svg; None draws none.
        least: positives a finding needs on either side.
        halves: random halves for the split-half correlations.
        classifiers: who tries to tell the normals apart; () nobody, which is quicker while a simulator is tuned.
    """

    name: ClassVar[str] = "realism"
    asks: ClassVar[str] = "all"
    on: ClassVar[tuple[str, ...]] = ("train",)
    chooses: ClassVar[bool] = False
    pictures: Path | None = None
    least: int = 8
    halves: int = 200
    classifiers: tuple[str, ...] = tuple(CLASSIFIERS)

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Compare the population with the examined studies. Raises EvaluationError for anything but a cohort."""
        populations = [one for one in subjects if isinstance(one, Population)]
        if not populations:
            raise EvaluationError(
                "realism compares a cohort with a cohort",
                came="no cohort came in the model's place",
                instead='Write evaluate("realism", ein.gather("simulated", n=1500), real_cohort).',
                see="docs/realism.md",
            )
        sides = sides_of(populations[0], exam)
        normals = Normals(sides, exam.seed, ", ".join(exam.on) or "every split", self.classifiers)
        if self.pictures is not None:
            self._draw(Path(self.pictures), sides, exam)
        return [*normals.rows(), *self._effects(sides, exam.seed)]

    def told(self, rows: Sequence[Result], *, cohort: str, notes: Sequence[str]) -> Results:
        """Return the rows as a table for people."""
        return Verdict(rows, cohort=cohort, notes=notes)

    def _draw(self, folder: Path, sides: Sides, exam: Examination) -> None:
        known = open_sources().get(exam.cohort.name, {})
        source = f"{known['cite']} {known['licence']}" if known else exam.cohort.name
        groups = groups_of(sides.real.studies, least=self.least)
        write_text(folder / "measures.svg", of_measures(sides, source=source))
        write_text(folder / "effects.svg", of_effects(sides, groups, sides.shared(HEART), source=source))
        write_text(folder / "lineup.svg", of_lineup(sides, source=source, seed=exam.seed))

    def _effects(self, sides: Sides, seed: int) -> Iterator[Result]:
        columns = sides.shared(HEART)
        draws = [
            resamples(sides.real.groups, seed=seed),
            resamples(sides.simulated.groups, seed=seed + 1) * sides.weights,
        ]
        groups = groups_of(sides.real.studies, least=self.least)
        for group in track(groups, f"effects of {len(groups)} findings"):
            yield from self._effect(group, sides, columns, draws, seed=seed)

    def _effect(
        self, group: Group, sides: Sides, columns: list[int], draws: Sequence[Array], *, seed: int
    ) -> Iterator[Result]:
        pair = [(side, group.members(side.studies)) for side in (sides.real, sides.simulated)]
        counts = [int(member.sum()) for _, member in pair]
        row = partial(Result, self.name, target=group.name, n=counts[0], positives=counts[0], seed=seed)
        detail = f"{counts[1]} simulated"
        if counts[1] < self.least:
            yield row(AGAINST, "effect r", value=float("nan"), detail=f"{detail}: too few")
        else:
            both = [
                effect(side.compared[:, columns], member, side.normal & ~member, weights)
                for (side, member), weights in zip(pair, draws, strict=True)
            ]
            value, low, high = interval(correlation(*both))
            yield row(AGAINST, "effect r", value=value, low=low, high=high, detail=detail)
        real, member = pair[0]
        half = split_half(
            real.compared[:, columns], member, real.normal & ~member, groups=real.groups, halves=self.halves, seed=seed
        )
        yield row(HALVES, "effect r", value=half, detail=f"mean of {self.halves} halves, no Spearman-Brown")
        yield row("ceiling", "effect r", value=ceiling(half), detail="root of 2 r / (1 + r)")
