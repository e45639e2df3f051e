"""Names: what the tensors of MELP's signal tower are called here, and in the published checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["AROUND", "sources_of"]

PLAIN = {
    "blank": "ecg_encoder.mask_emb",
    "stem.gain": "ecg_encoder.feature_extractor.conv_layers.0.2.weight",
    "stem.shift": "ecg_encoder.feature_extractor.conv_layers.0.2.bias",
    "norm_stem.": "ecg_encoder.layer_norm.",
    "enter.": "ecg_encoder.post_extract_proj.",
    "places.around.": "ecg_encoder.conv_pos.pos_conv.0.",
    "norm.": "ecg_encoder.encoder.layer_norm.",
}
"""Our name, or how it begins -> theirs."""
LAYER = {
    "out.": "self_attn.out_proj.",
    "norm1.": "self_attn_layer_norm.",
    "norm2.": "final_layer_norm.",
    "mlp.0.": "fc1.",
    "mlp.2.": "fc2.",
}
OLD = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
"""How torch named weight normalisation -> how it did before."""
AROUND = PLAIN["places.around."]
"""Their positional convolution."""

Sources = tuple[list[str], int | None, int | None]
"""Their tensors that one of ours is made of, laid one after the other, and the first and last row of that."""


def sources_of(name: str, tensors: Mapping[str, Tensor]) -> Sources:
    """Return what one of our tensors is made of.

    Args:
        name: ours.
        tensors: theirs, whose names changed with the versions of torch.
    """
    if name.startswith("transformer.layers."):
        _, _, row, rest = name.split(".", 3)
        start = f"ecg_encoder.encoder.layers.{row}."
        if rest.startswith("qkv."):
            return [f"{start}self_attn.{one}_proj.{rest.removeprefix('qkv.')}" for one in "qkv"], None, None
        return [start + _renamed(rest, LAYER)], None, None
    if name.startswith(("beats.", "captions.")):
        kind, _, rest = name.partition(".")
        return _of_pooler({"beats": "contrast", "captions": "caption"}[kind], rest, tensors)
    if name.startswith("stem.convolutions."):
        return [f"ecg_encoder.feature_extractor.conv_layers.{name.split('.')[2]}.0.weight"], None, None
    source = _renamed(name, PLAIN)
    if source not in tensors:
        source = next((source.replace(new, old) for new, old in OLD.items() if new in source), source)
    return [source], None, None


def _of_pooler(kind: str, rest: str, tensors: Mapping[str, Tensor]) -> Sources:
    """Return the same for a pooler: nn.MultiheadAttention keeps projections in one tensor where widths agree."""
    start, width = f"attn_pool_{kind}.", tensors.get(f"attn_pool_{kind}.query", torch.zeros(1, 1)).shape[1]
    part = (None, width) if rest.startswith("query.") else (width, None)
    if rest in {"query.bias", "keyvalue.bias"}:
        return [f"{start}attn.in_proj_bias"], *part
    if rest in {"query.weight", "keyvalue.weight"}:
        if f"{start}attn.in_proj_weight" in tensors:
            return [f"{start}attn.in_proj_weight"], *part
        names = "q" if rest.startswith("query") else "kv"
        return [f"{start}attn.{one}_proj_weight" for one in names], None, None
    table = {"queries": "query", "norm_query.": "ln_q.", "norm_context.": "ln_k.", "out.": "attn.out_proj."}
    if rest.startswith("norm."):
        return [f"ln_{kind}.{rest.removeprefix('norm.')}"], None, None
    return [start + _renamed(rest, table)], None, None


def _renamed(name: str, table: Mapping[str, str]) -> str:
    """Return the name with its beginning as the table has it."""
    return next((theirs + name.removeprefix(ours) for ours, theirs in table.items() if name.startswith(ours)), name)
