"""Card: what a reader of a model folder must know before using it; written as the folder's README.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from einthoven import __version__
from einthoven.errors import ModelError

__all__ = ["Card"]

USE = "Research: embedding, comparing and retrieving ECGs and reports, and training on top of the embeddings."
DISCLAIMER = (
    "Research software. It makes no clinical claim, is not a medical device, and must not be used for diagnosis, "
    "triage or treatment."
)


@dataclass(frozen=True)
class Card:
    """What is known of a model: what trained it, on whom, how good it was, and what it may be used for.

    Args:
        name: of the model.
        data: the cohorts it was trained on, e.g. "simulated (4000 studies)"; empty for fresh weights.
        n: studies it was trained on.
        synthetic: True when any of them was made by a simulator.
        objective: the sum that was minimised, in words.
        seed: of the run.
        steps: optimiser steps.
        metrics: rows of results, each name -> value; the keys of the first are the table's columns.
        licence: of the weights; the data's terms may ask for more.
        intended: what it is for.
        notes: what else must be known.
        version: of Einthoven that trained it.

    >>> print(Card("demo", data=("simulated",), n=4000, synthetic=True, objective="Contrast(ecg, report)"))
    Card(demo: Contrast(ecg, report) on simulated, 4000 studies, synthetic)
    """

    name: str = "untrained"
    data: tuple[str, ...] = ()
    n: int = 0
    synthetic: bool = False
    objective: str | None = None
    seed: int | None = None
    steps: int | None = None
    metrics: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    licence: str = "Apache-2.0"
    intended: str = USE
    notes: tuple[str, ...] = ()
    version: str = __version__

    def __str__(self) -> str:
        if not self.objective:
            return f"Card({self.name}: not trained)"
        made = ", synthetic" if self.synthetic else ""
        return (
            f"Card({self.name}: {self.objective} on {', '.join(self.data) or 'unnamed data'}, {self.n} studies{made})"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Card:
        """Return the card that `to_json` made. Raises ModelError for a field it does not know."""
        known: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()
        }
        strange = sorted(set(known) - set(cls.__dataclass_fields__))
        if strange:
            raise ModelError(
                "a card has the fields this version knows",
                came=f"{', '.join(strange)} came",
                instead="Load it with the version of Einthoven that saved it, or newer.",
                see="docs/model.md",
            )
        return cls(**known)

    def text(self, *, parts: Sequence[str] = (), preparations: Mapping[str, str] | None = None) -> str:
        """Return the card as Markdown.

        Args:
            parts: one line for each encoder, space and head.
            preparations: modality -> its recipe as JSON.
        """
        sections = [
            _front(self),
            f"# {self.name}\n",
            f"> {DISCLAIMER}\n",
            f"## Intended use\n\n{self.intended}\n",
            f"## Training data\n\n{_data(self)}\n",
            f"## Training\n\n{_training(self)}\n",
            "## Parts\n\n" + "".join(f"- {part}\n" for part in parts),
            "## Preparation\n\nThe exact recipe of what each encoder eats. `load(folder)` applies it; anything else is "
            "converted or refused.\n\n" + _recipes(preparations or {}),
            f"## Results\n\n{_table(self.metrics)}\n",
            f"## Licence\n\nWeights: {self.licence}. The terms of the training data may ask for more.\n",
        ]
        if self.notes:
            sections.append("## Notes\n\n" + "".join(f"- {note}\n" for note in self.notes))
        return "\n".join(sections)


def _front(card: Card) -> str:
    tags = ["ecg", "representation-learning", *(["synthetic-data"] if card.synthetic else [])]
    lines = [
        "---",
        f"license: {card.licence.lower()}",
        "library_name: einthoven",
        "tags:",
        *(f"- {tag}" for tag in tags),
    ]
    return "\n".join([*lines, "---\n"])


def _data(card: Card) -> str:
    if not card.objective:
        return "None: the weights are random."
    named = ", ".join(card.data) or "not named"
    if card.synthetic:
        return (
            f"synthetic=true. Trained on simulated patients: {named}; n = {card.n} studies. Figures on simulated "
            "patients say nothing about real ones."
        )
    return f"{named}; n = {card.n} studies. synthetic=false."


def _training(card: Card) -> str:
    facts = {"Objective": card.objective, "Seed": card.seed, "Steps": card.steps, "Einthoven": card.version}
    return "".join(f"- {name}: {value}\n" for name, value in facts.items() if value is not None).rstrip()


def _recipes(preparations: Mapping[str, str]) -> str:
    blocks = (
        f"{name}:\n\n```json\n{json.dumps(json.loads(recipe), indent=1)}\n```\n"
        for name, recipe in preparations.items()
    )
    return "\n".join(blocks)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "None were given."
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([str(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
