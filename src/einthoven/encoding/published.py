"""Published: the weights that MELP's authors released, as a model of this house."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from einthoven.encoding.card import Card
from einthoven.encoding.model import Model
from einthoven.encoding.preset import encoder
from einthoven.encoding.published_names import AROUND, sources_of
from einthoven.encoding.space import Space
from einthoven.errors import ModelError

__all__ = ["load_melp"]

FIRST = "ecg_encoder.feature_extractor.conv_layers.0.0.weight"
"""A tensor that every release has; what stands before it is the prefix of all."""
LEADS = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
"""The order of MIMIC-IV-ECG, in which the encoder was trained."""
SCAFFOLDING = ("quantizer.", "project_q.", "final_proj.", "target_glu.", "bn.", "head.")
TEXT = ("lm_model.", "proj_t.", "text_decoder.", "sent_proj.")


def load_melp(folder: str | Path, *, heads: int = 12, pool_heads: int = 8) -> Model:
    """Return the published signal tower of MELP from a local folder; the network is never asked.

    The encoder's `pooled` is what the authors probe, the model's space "shared" what they score zero-shot: the mean of
    the beats after their projection. Numbers of layers, beats and captions are read from the weights. Nothing is
    executed: safetensors, or a torch checkpoint of tensors and plain values alone.

    Args:
        folder: with one *.safetensors, or one *.ckpt, *.pt, *.pth or *.bin.
        heads: attention heads of the transformer, which weights cannot tell.
        pool_heads: of the poolers.

    Raises:
        ModelError: there are no weights, a checkpoint holds more than tensors, or tensors that are missing, unknown
            or of another shape: all are named.

    Source: names and shapes as in github.com/HKU-MedAI/MELP (commit 088741d) and fairseq-signals.
    """
    path = _weights(Path(folder))
    tensors = _prefixed(_read(path), path)
    recipe: dict[str, Any] = {"leads": LEADS, "fs": 500, "seconds": 10, "band": None, "scale": "min-max"}
    tower = encoder("melp", **_sizes(tensors), heads=heads, pool_heads=pool_heads, **recipe)
    wanted = {name: weight.shape for name, weight in tower.state_dict().items()}
    theirs = {name: _made(name, tensors) for name in wanted}
    _refuse_misfit(path, tensors, theirs, wanted)
    tower.load_state_dict({name: weight for name, weight in theirs.items() if weight is not None})
    space = Space({"ecg": tower.width}, width=tensors["proj_contrast"].shape[1])
    scale = tensors.get("logit_scale", space.log_scale)
    space.load_state_dict({"log_scale": scale.reshape(()), "projections.ecg.weight": tensors["proj_contrast"].T})
    left = sorted({start for start in TEXT for name in tensors if name.startswith(start)})
    notes = [f"read from {path.name}", *([f"left there: {', '.join(left)}"] if left else [])]
    card = Card("melp-published", data=("MIMIC-IV-ECG",), objective="MELP, as published", notes=tuple(notes))
    return Model([tower], spaces={"shared": space}, card=card).eval()


def _weights(folder: Path) -> Path:
    for endings in ((".safetensors",), (".ckpt", ".pt", ".pth", ".bin")):
        found = sorted(path for path in folder.glob("*") if path.suffix in endings)
        if len(found) == 1:
            return found[0]
        if found:
            break
    raise ModelError(
        "published weights are one .safetensors, .ckpt, .pt, .pth or .bin in a folder",
        came=f"{folder.resolve()} has {len(found) or 'none'}",
        instead="Download the release there, e.g. fuyingw/MELP_Encoder, and keep one file of weights.",
        see="docs/papers/melp.md",
    )


def _read(path: Path) -> Mapping[str, Tensor]:
    """Return the tensors of a file by name; nothing in it is executed."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            told: Mapping[str, Tensor] = load_file(path)
            return told
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise ModelError(
            "a checkpoint is tensors and plain values",
            came=f"{path.name} cannot be read as that ({type(error).__name__})",
            instead="Where you trust its source, save its state_dict alone as safetensors.",
            see="docs/papers/melp.md",
        ) from error
    inner = found.get("state_dict", found) if isinstance(found, dict) else {}
    return {str(name): one for name, one in inner.items() if isinstance(one, Tensor)}


def _prefixed(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return the tensors without what stands before the names of the signal tower; those of the text tower stay."""
    prefixes = sorted((name.removesuffix(FIRST) for name in tensors if name.endswith(FIRST)), key=len)
    if not prefixes:
        raise ModelError(
            f"the published signal tower has a tensor {FIRST}",
            came=f"{path.name} has none; its first are {', '.join(list(tensors)[:3]) or 'none at all'}",
            instead="Pass the folder of MELP's weights; those of this house are opened with load(folder).",
            see="docs/papers/melp.md",
        )
    return {name.removeprefix(prefixes[0]): one.float() for name, one in tensors.items()}


def _sizes(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return what the shapes of the weights tell of the encoder."""
    layers = {name.split(".")[3] for name in tensors if name.startswith("ecg_encoder.encoder.layers.")}
    convolutions = {name.split(".")[3] for name in tensors if name.startswith("ecg_encoder.feature_extractor.")}
    around = [one for name, one in tensors.items() if name.startswith(AROUND) and one.ndim == 3]
    kernel = max(around, key=Tensor.numel, default=torch.zeros(1, 48, 128))
    enter = tensors.get("ecg_encoder.post_extract_proj.weight", torch.zeros(768, 256))
    hidden = tensors.get("ecg_encoder.encoder.layers.0.fc1.weight", torch.zeros(4 * len(enter), 1))
    beats = tensors.get("attn_pool_contrast.query", torch.zeros(13, 256))
    return {
        "width": len(enter), "depth": len(layers), "mlp": len(hidden) / len(enter), "channels": enter.shape[1],
        "convolutions": len(convolutions), "kernel": kernel.shape[2], "groups": len(enter) // kernel.shape[1],
        "beats": len(beats), "beat_width": beats.shape[1],
        "captions": len(tensors.get("attn_pool_caption.query", ())),
    }  # fmt: skip


def _made(name: str, tensors: Mapping[str, Tensor]) -> Tensor | None:
    """Return one of our tensors, made of theirs; None when one of these is missing."""
    sources, first, last = sources_of(name, tensors)
    found = [tensors[source] for source in sources if source in tensors]
    return torch.cat(found)[first:last] if len(found) == len(sources) else None


def _refuse_misfit(
    path: Path, tensors: Mapping[str, Tensor], theirs: Mapping[str, Tensor | None], wanted: Mapping[str, torch.Size]
) -> None:
    """Name every tensor that is missing, of another shape, or unknown."""
    sources = {name: sources_of(name, tensors)[0] for name in wanted}
    needed = ["proj_contrast", *(source for several in sources.values() for source in several)]
    missing = [source for source in needed if source not in tensors]
    wrong = [
        f"{' + '.join(sources[name])} as {tuple(weight.shape)} instead of {tuple(wanted[name])}"
        for name, weight in theirs.items()
        if weight is not None and weight.shape != wanted[name]
    ]
    known = ("logit_scale", *TEXT, *SCAFFOLDING, *(f"ecg_encoder.{one}" for one in SCAFFOLDING))
    strange = [name for name in tensors if name not in needed and not name.startswith(known)]
    lists = {"missing": missing, "of another shape": wrong, "unknown": strange}
    told = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in lists.items() if names)
    if told:
        raise ModelError(
            "the published signal tower fits tensor by tensor",
            came=f"{path.name} has {told}",
            instead="Compare with the names in docs/papers/melp.md, or pass heads= and pool_heads=.",
            see="docs/papers/melp.md",
        )
