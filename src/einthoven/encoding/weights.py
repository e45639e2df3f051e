"""Weights: public vision models into our image encoders, by the names that their libraries give the parts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.encoding.image import ImageEncoder

__all__ = ["fill", "named"]

PREFIXES = re.compile(r"^(?:module\.|model\.|backbone\.|vit\.|convnext\.)+")
HEADS = re.compile(r"^(?:head\.(?:fc\.)?(?:weight|bias)|heads\.|classifier\.(?:weight|bias|2\.)|pooler\.|fc_norm\.)")
"""Parts of a classifier, which an encoder has no room for and needs none of."""

Rules = Sequence[tuple[str, str]]


def fill(encoder: ImageEncoder, path: str | Path) -> tuple[str, ...]:
    """Take the weights of a public ViT or ConvNeXt from a local file: safetensors, or a state dict saved by torch.

    Known are the names of timm, torchvision, Hugging Face and Meta (`public.toml`). Position embeddings of another
    grid are stretched, three colours become grey where the encoder sees grey; the classifier is left out. Nothing is
    fetched, and nothing in the file is executed.

    Args:
        encoder: of the same sizes.
        path: ends in .safetensors, or in .pt, .pth or .bin.

    Returns:
        What was changed or left out, for people.

    Raises:
        ModelError: no such file, no weights in it, or tensors that do not fit: every one is named.
    """
    theirs = _opened(Path(path))
    ours, left = named(encoder.architecture, theirs)
    notes = [f"left out {', '.join(left)}"] if left else []
    wanted = encoder.state_dict()
    for name, tensor in list(ours.items()):
        changed = _suited(encoder, name, tensor, wanted)
        if changed.shape != tensor.shape:
            notes.append(f"{name} from {tuple(tensor.shape)} to {tuple(changed.shape)}")
        ours[name] = changed
    _refuse_misfit(Path(path), wanted, ours)
    encoder.load_state_dict({name: one.to(wanted[name].dtype) for name, one in ours.items()})
    return tuple(notes)


def named(architecture: str, theirs: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Return tensors by our names (or by their own where no rule knows them), and the names of a classifier's.

    >>> list(named("image-vit", {"blocks.0.attn.proj.bias": torch.zeros(2), "head.weight": torch.zeros(1)})[0])
    ['transformer.layers.0.out.bias']
    """
    found: dict[str, Tensor] = {}
    left: list[str] = []
    for name, tensor in theirs.items():
        bare = PREFIXES.sub("", name)
        if HEADS.match(bare):
            left.append(name)
        else:
            found[_renamed(architecture, bare)] = tensor
    return _joined(found), left


@cache
def _table(architecture: str) -> dict[str, Rules]:
    told = tomllib.loads(files("einthoven.encoding").joinpath("public.toml").read_text(encoding="utf-8"))
    if architecture not in told:
        raise ModelError(
            "public weights are known of ViT and ConvNeXt",
            came=f"a {architecture} encoder came",
            instead='Use encoder("image-base") or encoder("convnext-t"), or load_state_dict with names of your own.',
            see="docs/encoder.md",
        )
    found: dict[str, Rules] = told[architecture]
    return found


def _renamed(architecture: str, name: str) -> str:
    table = _table(architecture)
    stage = re.fullmatch(r"features\.([1-9])\.(\d+)\.(.*)", name) if "parts" in table else None
    if stage is None:
        return _by(table["rules"], name)
    row, halving = divmod(int(stage[1]) - 1, 2)  # stages and halvings take turns
    if halving:
        return f"stages.{row + 1}.halve.{stage[2]}.{stage[3]}"
    return f"stages.{row}.blocks.{stage[2]}.{_by(table['parts'], stage[3])}"


def _by(rules: Rules, name: str) -> str:
    """Return the name that the first fitting rule gives, or the name itself."""
    for pattern, ours in rules:
        if re.match(pattern, name):
            return re.sub(pattern, ours, name, count=1)
    return name


def _joined(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Lay query, key and value of one layer over each other."""
    parts: dict[str, dict[str, Tensor]] = {}
    for name in list(found):
        match = re.fullmatch(r"(transformer\.layers\.\d+)\.(q|k|v)(?:uery|ey|alue)?\.(weight|bias)", name)
        if match:
            parts.setdefault(f"{match[1]}.qkv.{match[3]}", {})[match[2]] = found.pop(name)
    whole = {name: torch.cat([one[part] for part in "qkv"]) for name, one in parts.items() if len(one) == 3}
    halves = {
        f"{name} ({', '.join(one)} alone)": next(iter(one.values())) for name, one in parts.items() if len(one) < 3
    }
    return found | whole | halves


def _suited(encoder: ImageEncoder, name: str, tensor: Tensor, wanted: Mapping[str, Tensor]) -> Tensor:
    """Return a tensor in the shape it is wanted in, where that is no more than another way to write it."""
    if name == "place" and hasattr(encoder, "placed"):
        return encoder.placed(tensor)  # type: ignore[no-any-return, operator]
    if name.endswith("gamma"):
        return tensor.reshape(-1)
    if name in {"embed.weight", "stem.0.weight"} and tensor.ndim == 4 and name in wanted:
        return tensor.sum(1, keepdim=True) if wanted[name].shape[1] == 1 and tensor.shape[1] == 3 else tensor
    return tensor


def _opened(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise _unusable(path, "there is no such file")
    from pickle import UnpicklingError

    from safetensors import SafetensorError
    from safetensors.torch import load_file

    safe = path.suffix == ".safetensors"
    try:
        found: Any = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, ValueError, RuntimeError, EOFError, KeyError, UnpicklingError, SafetensorError) as error:
        raise _unusable(path, f"it cannot be read as weights ({type(error).__name__})") from error
    for key in ("model", "state_dict", "model_state_dict"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not found or not all(isinstance(one, Tensor) for one in found.values()):
        raise _unusable(path, "it holds no table of tensors")
    return found


def _refuse_misfit(path: Path, wanted: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> None:
    lines = [f"no {name}" for name in wanted if name not in ours]
    lines += [f"unknown {name}" for name in ours if name not in wanted]
    lines += [
        f"{name} is {tuple(ours[name].shape)}, wanted {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in ours and ours[name].shape != tensor.shape
    ]
    if lines:
        raise ModelError(
            "public weights fit an encoder of the same sizes, every tensor of it",
            came=f"{path.name} does not: {'; '.join(lines)}",
            instead="Build the encoder with the model's sizes (width=, depth=, patch=, widths=, depths=).",
            see="docs/encoder.md",
        )


def _unusable(path: Path, why: str) -> ModelError:
    return ModelError(
        "weights come from a local .safetensors file, or a state dict saved by torch",
        came=f"{path}: {why}",
        instead="Save them with safetensors.torch.save_file(model.state_dict(), path).",
        see="docs/encoder.md",
    )
