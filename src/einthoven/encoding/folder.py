"""Folder: a model on disk. Weights as safetensors, everything else as JSON and one README; nothing is executed."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einthoven import __version__
from einthoven.encoding.calibrator import Calibrator
from einthoven.encoding.card import Card
from einthoven.encoding.model import Model
from einthoven.encoding.recipes import kind_of, kinds
from einthoven.errors import EinthovenError, ModelError
from einthoven.files import replacing

if TYPE_CHECKING:
    from torch import Tensor

    from einthoven.encoding.recipes import Recipe

__all__ = ["FORMAT", "load", "save"]

FORMAT = 1
"""Version of the folder's layout; a folder of a later one is refused."""
WEIGHTS, CONFIG, RECIPES, README = "model.safetensors", "config.json", "preparation.json", "README.md"
CALIBRATION = "calibration.json"


def save(model: Model, folder: str | Path) -> Path:
    """Write `model` into `folder`; other files there are left alone.

    Every file is first written beside its place and then moved there, the config last, so that a full disk
    changes nothing; should the machine stop between two moves, `load` sees that the parts do not belong together.

    Raises:
        StorageError: the disk is full or read-only.
        ModelError: its calibrator was fitted for other weights.
    """
    from safetensors.torch import save as packed

    folder = Path(folder)
    tensors, aliases = _unshared(model)
    texts = {_tokenizer_file(name): text for name, text in model.tokenizers().items()}
    texts |= {README: _readme(model), RECIPES: _recipes(model), **_calibration(model)}
    config = {"format": FORMAT, "einthoven": __version__, "fingerprint": model.fingerprint, **model.config()}
    config |= {"tokenizers": list(model.tokenizers()), "aliases": aliases, "card": model.card.to_json()}
    with ExitStack() as stack:  # leaves in reverse order: the config, entered first, is moved last
        drafts = {name: stack.enter_context(replacing(folder / name)) for name in (CONFIG, WEIGHTS, *texts)}
        drafts[WEIGHTS].write_bytes(packed(tensors, {"format": "pt"}))
        for name, text in texts.items():
            drafts[name].write_text(text, encoding="utf-8")
        drafts[CONFIG].write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    for name in {"tokenizer.json", CALIBRATION} - set(texts):
        (folder / name).unlink(missing_ok=True)
    return folder


def load(folder: str | Path) -> Model:
    """Return the model that `Model.save` wrote, on the CPU, in evaluation mode.

    Raises:
        ModelError: no model is there; a file is missing, damaged or of another save; a tensor is missing, too
            many or of another shape; the layout is newer; or an architecture is unknown here.

    >>> load("nowhere")
    Traceback (most recent call last):
    einthoven.errors.ModelError: a model is a folder with config.json; nowhere has none. Pass ...
    """
    folder = Path(folder)
    config = _config(folder)
    tokenizers = {name: _text(folder, _tokenizer_file(name)) for name in config.get("tokenizers", ())}
    try:
        model = Model.built(
            config, _read_recipes(folder, config), tokenizers=tokenizers, card=Card.from_json(config["card"])
        )
    except EinthovenError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(folder / CONFIG, f"it does not describe a model ({type(error).__name__})") from error
    _fill(model, folder / WEIGHTS, config)
    if model.fingerprint != config["fingerprint"]:
        raise _damaged(folder, "its files are not of one save, or a bit of them has changed")
    if (folder / CALIBRATION).is_file():
        model.calibrator = Calibrator.from_json(_json(folder / CALIBRATION))
        model.calibrator.require(model.fingerprint)
    return model.eval()


def _unshared(model: Model) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return every tensor once, and alias -> the name it is kept under (safetensors refuses shared memory)."""
    kept: dict[str, Tensor] = {}
    first: dict[tuple[object, ...], str] = {}
    aliases: dict[str, str] = {}
    for name, tensor in model.state_dict().items():
        place = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype) if tensor.numel() else (name,)
        if first.setdefault(place, name) == name:
            # a view into a larger storage is copied, so that nothing saved shares memory with anything else
            kept[name] = tensor.detach().cpu().contiguous().clone()
        else:
            aliases[name] = first[place]
    return kept, aliases


def _fill(model: Model, path: Path, config: dict[str, Any]) -> None:
    """Load the weights into `model`; every tensor must be there, in its shape, and no other."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise _missing(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, ValueError) as error:
        raise _damaged(path, "it is no safetensors file, or not all of it") from error
    aliases = config.get("aliases", {})
    stray = [alias for alias, name in aliases.items() if name not in tensors]
    tensors |= {alias: tensors[name] for alias, name in aliases.items() if name in tensors}
    wanted = model.state_dict()
    differing = _differing(wanted, tensors)
    if differing or stray:
        raise ModelError(
            "a model's weights are exactly those its config.json describes",
            came=f"{path.name} has {'; '.join([*differing, *(f'no {name}' for name in stray)])}",
            instead="Take both files from one save; a model of another architecture needs its own config.json.",
            see="docs/model.md",
        )
    # Half-precision models are loaded as they were saved: parameters take over the file's precision.
    model.load_state_dict(tensors, assign=any(tensors[name].dtype != wanted[name].dtype for name in wanted))


def _differing(wanted: dict[str, Tensor], tensors: dict[str, Tensor]) -> list[str]:
    """Say how two sets of tensors differ: the first of each kind by name, the others by number."""
    missing = [name for name in wanted if name not in tensors]
    strange = [name for name in tensors if name not in wanted]
    shapes = [
        f"{name} as {tuple(tensors[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    kinds = {"no": missing, "an unknown": strange, "": shapes}
    return [
        f"{kind} {names[0]}".strip() + (f" and {len(names) - 1} more" if len(names) > 1 else "")
        for kind, names in kinds.items()
        if names
    ]


def _config(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG).is_file():
        raise ModelError(
            f"a model is a folder with {CONFIG}",
            came=f"{folder} has none",
            instead="Pass the folder that model.save(folder) wrote.",
            see="docs/model.md",
        )
    config = _json(folder / CONFIG)
    found = config.get("format")
    if not isinstance(found, int):
        raise _damaged(folder / CONFIG, "it has no format number")
    if found > FORMAT:
        raise ModelError(
            f"this version of Einthoven ({__version__}) reads model folders up to format {FORMAT}",
            came=f"format {found}, written by Einthoven {config.get('einthoven', 'of unknown version')}",
            instead="Install that version or a later one: pip install --upgrade einthoven.",
            see="docs/model.md",
        )
    lacking = [name for name in ("encoders", "spaces", "heads", "fingerprint", "card") if name not in config]
    if lacking:
        raise _damaged(folder / CONFIG, f"it has no {lacking[0]}")
    return config


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _damaged(path, "it is no JSON") from error
    if not isinstance(found, dict):
        raise _damaged(path, "it holds no table")
    return found


def _text(folder: Path, name: str) -> str:
    if not (folder / name).is_file():
        raise _missing(folder / name)
    try:
        return (folder / name).read_text(encoding="utf-8")
    except ValueError as error:
        raise _damaged(folder / name, "it is no UTF-8 text") from error


def _calibration(model: Model) -> dict[str, str]:
    if model.calibrator is None:
        return {}
    model.calibrator.require(model.fingerprint)
    return {CALIBRATION: json.dumps(model.calibrator.to_json(), indent=1) + "\n"}


def _recipes(model: Model) -> str:
    recipes = {
        name: {"kind": kind_of(recipe), **json.loads(recipe.to_json())} for name, recipe in model.preparations().items()
    }
    return json.dumps(recipes, indent=1) + "\n"


def _read_recipes(folder: Path, config: dict[str, Any]) -> dict[str, Recipe]:
    if not (folder / RECIPES).is_file():
        raise _missing(folder / RECIPES)
    recipes: dict[str, Recipe] = {}
    for name, fields in _json(folder / RECIPES).items():
        kind = kinds().get(fields.pop("kind", None)) if isinstance(fields, dict) else None
        if kind is None:
            raise _damaged(folder / RECIPES, f"the recipe of {name!r} is of no known kind")
        recipes[name] = kind.from_json(json.dumps(fields))
    without = [name for name in config["encoders"] if name not in recipes]
    if without:
        raise _damaged(folder / RECIPES, f"it has no recipe for {without[0]!r}")
    return recipes


def _tokenizer_file(modality: str) -> str:
    return "tokenizer.json" if modality == "report" else f"tokenizer-{modality}.json"


def _readme(model: Model) -> str:
    parts = [f"{name}: {one.config()}, {_count(one)} parameters" for name, one in model.encoders.items()]  # type: ignore[operator]
    parts += [f"space {name}: {one.config()}, {_count(one)} parameters" for name, one in model.spaces.items()]  # type: ignore[operator]
    parts += [f"head {name}: {one.config()}, {_count(one)} parameters" for name, one in model.heads.items()]  # type: ignore[operator]
    if model.calibrator is not None:
        parts += [f"{name}: {model.calibrator.basis(name)}" for name in model.calibrator.curves]
    recipes = {name: recipe.to_json() for name, recipe in model.preparations().items()}
    return model.card.text(parts=[*parts, f"fingerprint: {model.fingerprint}"], preparations=recipes)


def _count(module: Any) -> str:
    return f"{sum(weight.numel() for weight in module.parameters()):,}"


def _missing(path: Path) -> ModelError:
    return ModelError(
        "a model folder is loaded whole",
        came=f"{path} is missing",
        instead="Copy the whole folder again, or save the model again.",
        see="docs/model.md",
    )


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(
        "a model folder is loaded only when all of it is sound",
        came=f"{path} is damaged: {why}",
        instead="Copy the whole folder again, or save the model again.",
        see="docs/model.md",
    )
