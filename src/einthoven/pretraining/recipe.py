"""Recipe: a TOML file that names encoders, a sum of objectives and a run's settings."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from einthoven.encoding import Encoder
from einthoven.errors import ConfigError, did_you_mean
from einthoven.pretraining.caption import Caption
from einthoven.pretraining.classify import Classify
from einthoven.pretraining.contrast import Contrast
from einthoven.pretraining.local import Local
from einthoven.pretraining.masked import Masked
from einthoven.pretraining.maskedwords import MaskedWords
from einthoven.pretraining.objective import Objective, Sum
from einthoven.pretraining.run import pretrain
from einthoven.pretraining.start import started
from einthoven.pretraining.wav2vec import Wav2Vec

__all__ = ["TERMS", "Recipe", "recipe", "recipes"]

TERMS: dict[str, type[Objective]] = {
    "caption": Caption,
    "classify": Classify,
    "contrast": Contrast,
    "local": Local,
    "masked": Masked,
    "masked-words": MaskedWords,
    "wav2vec": Wav2Vec,
}
"""What a `[[term]]` may be."""

_NOT_SETTINGS = {"objective", "cohort", "out", "store", "resume", "device", "devices", "progress", "workers"}
"""What belongs to a machine or to a call, and so not to a recipe."""


@dataclass(frozen=True)
class Recipe:
    """What is trained and how, without the data.

    Args:
        about: one sentence.
        encoders: a name of your choice -> {"preset": ..., and what changes it}; with "from", a folder of a saved model,
            it starts from that model's weights, but for those whose names begin with one of "fresh"; "frozen" = true
            trains nothing of it.
        terms: of the sum, each {"kind": ..., "of": names of encoders, "weight": 1.0, and its arguments}.
        settings: of `pretrain`.

    Raises:
        ConfigError: keys that do not exist, all of them at once.

    >>> print(recipe("hybrid").objective())
    masked-ecg + 0.1 contrast-ecg-ecg
    """

    encoders: Mapping[str, Mapping[str, Any]]
    terms: Sequence[Mapping[str, Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    def __post_init__(self) -> None:
        wrong = [*self._strange_settings(), *(line for term in self.terms for line in self._strange(term))]
        wrong += [f"encoder {name!r} has no preset." for name, one in self.encoders.items() if "preset" not in one]
        if wrong or not self.terms:
            raise ConfigError(
                "a recipe has [encoders.NAME] with a preset, [[terms]] of them, and [settings] of pretrain",
                came=f"{len(wrong)} mistakes came" if wrong else "it has no term",
                instead=" ".join(wrong) or 'Add [[terms]] with kind = "contrast" and of = ["ecg", "report"].',
                see="docs/pretraining.md",
            )

    def objective(self, *, seed: int = 0) -> Objective:
        """Return the sum with fresh weights; the same seed gives the same weights."""
        made: dict[str, Encoder] = {}
        for name, one in self.encoders.items():
            made[name] = started(one, seed=seed)
        pairs = []
        for term in self.terms:
            options = {key: value for key, value in term.items() if key not in {"kind", "of", "weight"}}
            kind: Any = TERMS[term["kind"]]
            pairs.append(
                (float(term.get("weight", 1.0)), kind(*(made[name] for name in term["of"]), seed=seed, **options))
            )
        return pairs[0][1] if len(pairs) == 1 and pairs[0][0] == 1 else Sum(*pairs)

    def _strange_settings(self) -> list[str]:
        known = set(inspect.signature(pretrain).parameters) - _NOT_SETTINGS
        return [f"settings.{key}: {did_you_mean(key, known)}" for key in self.settings if key not in known]

    def _strange(self, term: Mapping[str, Any]) -> list[str]:
        kind = str(term.get("kind"))
        if kind not in TERMS:
            return [f"kind = {kind!r}: {did_you_mean(kind, TERMS)}"]
        known = {
            name
            for name in inspect.signature(TERMS[kind]).parameters
            if name not in {"a", "b", "ecg", "report", "encoder", "error"}
        }
        known |= {"kind", "of", "weight"}
        lines = [f"{kind}.{key}: {did_you_mean(key, known)}" for key in term if key not in known]
        absent = [name for name in term.get("of", ["(none)"]) if name not in self.encoders]
        return lines + [f"{kind}.of names {name!r}: {did_you_mean(name, self.encoders)}" for name in absent]


def recipes() -> list[str]:
    """Return the names of the recipes that come with Einthoven.

    >>> recipes()[:4]
    ['caption', 'classify', 'contrast', 'demo']
    """
    return sorted(one.name.removesuffix(".toml") for one in _folder().iterdir() if one.name.endswith(".toml"))


def recipe(source: str | Path) -> Recipe:
    """Return a recipe by name, or from a TOML file.

    Args:
        source: one of `recipes()`, or a path that ends in .toml.

    Raises:
        ConfigError: no such recipe, no TOML, or keys that do not exist.

    >>> recipe("demo").settings["batch"]
    64
    """
    path = Path(source)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ConfigError(
                "a recipe of your own is a TOML file",
                came=f"{path} is not there",
                instead=f"Give its path, or one of {', '.join(recipes())}.",
                see="docs/pretraining.md",
            )
        return _read(path.name, path.read_bytes())
    if str(source) not in recipes():
        raise _unknown(str(source))
    return _read(str(source), _folder().joinpath(f"{source}.toml").read_bytes())


def _read(name: str, content: bytes) -> Recipe:
    try:
        table = tomllib.loads(content.decode())
    except ValueError as error:
        raise ConfigError(
            "a recipe is a TOML file",
            came=f"{name} cannot be read as TOML",
            instead="Compare it with the recipes in docs/pretraining.md.",
            see="docs/pretraining.md",
        ) from error
    known = {one.name for one in fields(Recipe)}
    strange = [key for key in table if key not in known]
    if strange:
        raise ConfigError(
            "a recipe has encoders, terms, settings and about",
            came=f"{name} has {strange[0]!r}",
            instead=did_you_mean(strange[0], known),
            see="docs/pretraining.md",
        )
    return Recipe(**{"encoders": {}, "terms": (), **table})


def _folder() -> Any:
    return files("einthoven.pretraining").joinpath("recipes")


def _unknown(name: str) -> ConfigError:
    return ConfigError(
        "a recipe is named, or is a TOML file",
        came=f"{name!r} is not there",
        instead=did_you_mean(name, recipes()),
        see="docs/pretraining.md",
    )
