from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from einthoven.encoding import ImageEncoder, Images, encoder
from einthoven.errors import ConfigError, ModelError

VIT = {"width": 48, "depth": 2, "heads": 3, "pooling": "cls"}
CONVNEXT = {"widths": [8, 16, 24, 32], "depths": [1, 1, 2, 1], "size": [64, 64]}


def vit(**sizes: object) -> ImageEncoder:
    made = encoder("image-tiny", **{**VIT, **sizes}).eval()
    assert isinstance(made, ImageEncoder)
    return made


def convnext(**sizes: object) -> ImageEncoder:
    made = encoder("convnext-small", **{**CONVNEXT, **sizes}).eval()
    assert isinstance(made, ImageEncoder)
    return made


def pictures(size: int) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def shaken(model: torch.nn.Module) -> torch.nn.Module:
    """Give every weight a size that matters, layer scales of 1e-6 too."""
    stream = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn(weight.shape, generator=stream) * 0.1 + (weight.ndim == 1) * 0.5)
    return model.eval()


def test_a_vit_says_what_the_one_of_hugging_face_says(tmp_path: Path) -> None:
    library = pytest.importorskip("transformers")
    config = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 192}
    theirs = shaken(library.ViTForImageClassification(library.ViTConfig(**config, image_size=96, layer_norm_eps=1e-6)))
    save_file(theirs.state_dict(), tmp_path / "vit.safetensors")
    ours = vit()
    assert ours.fill(tmp_path / "vit.safetensors") == ("left out classifier.bias, classifier.weight",)
    with torch.inference_mode():
        said = theirs.vit(pictures(96)).last_hidden_state
        seen = ours(Images(pictures(96)))
    torch.testing.assert_close(seen.pooled, said[:, 0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(seen.tokens, said[:, 1:], rtol=1e-4, atol=1e-4)


def test_a_convnext_says_what_the_one_of_hugging_face_says(tmp_path: Path) -> None:
    library = pytest.importorskip("transformers")
    config = library.ConvNextConfig(hidden_sizes=CONVNEXT["widths"], depths=CONVNEXT["depths"], layer_norm_eps=1e-6)
    theirs = shaken(library.ConvNextModel(config))
    torch.save(theirs.state_dict(), tmp_path / "convnext.pth")
    ours = convnext()
    assert ours.fill(tmp_path / "convnext.pth") == ()
    with torch.inference_mode():
        said = theirs(pictures(64)).pooler_output
        torch.testing.assert_close(ours(Images(pictures(64))).pooled, said, rtol=1e-4, atol=1e-4)


def timm_vit(name: str) -> str:
    name = {"first": "cls_token", "place": "pos_embed"}.get(name, name)
    name = re.sub(r"^embed\.", "patch_embed.proj.", name)
    name = re.sub(
        r"^transformer\.layers\.(\d+)\.mlp\.(\d)\.", lambda m: f"blocks.{m[1]}.mlp.fc{1 + int(m[2]) // 2}.", name
    )
    name = re.sub(r"^transformer\.layers\.(\d+)\.(qkv|out)\.", lambda m: f"blocks.{m[1]}.attn.{m[2]}.", name)
    name = name.replace("attn.out.", "attn.proj.")
    return re.sub(r"^transformer\.(layers\.)?", lambda m: "blocks." if m[1] else "", name)


def torchvision_vit(name: str) -> str:
    name = {"first": "class_token", "place": "encoder.pos_embedding"}.get(name, name)
    name = re.sub(r"^embed\.", "conv_proj.", name).replace("transformer.norm.", "encoder.ln.")
    name = re.sub(r"^transformer\.layers\.(\d+)\.", r"encoder.layers.encoder_layer_\1.", name)
    name = name.replace(".mlp.2.", ".mlp.3.").replace(".out.", ".self_attention.out_proj.")
    return re.sub(r"\.norm([12])\.", r".ln_\1.", name).replace(".qkv.", ".self_attention.in_proj_")


def timm_convnext(name: str) -> str:
    name = name.replace(".halve.", ".downsample.").replace(".depthwise.", ".conv_dw.")
    name = name.replace(".mlp.0.", ".mlp.fc1.").replace(".mlp.2.", ".mlp.fc2.")
    return re.sub(r"^norm\.", "head.norm.", name)


def meta_convnext(name: str) -> str:
    name = re.sub(r"^stem\.", "downsample_layers.0.", name)
    name = re.sub(r"^stages\.(\d+)\.halve\.", r"downsample_layers.\1.", name).replace(".blocks.", ".")
    name = name.replace(".depthwise.", ".dwconv.").replace(".mlp.0.", ".pwconv1.")
    return name.replace(".mlp.2.", ".pwconv2.")


def torchvision_convnext(name: str) -> str:
    name = re.sub(r"^stem\.", "features.0.", name)
    name = re.sub(r"^stages\.(\d+)\.halve\.", lambda m: f"features.{2 * int(m[1])}.", name)
    name = re.sub(r"^stages\.(\d+)\.blocks\.", lambda m: f"features.{2 * int(m[1]) + 1}.", name)
    for old, new in {"depthwise.": "0.", "norm.": "2.", "mlp.0.": "3.", "mlp.2.": "5."}.items():
        name = re.sub(rf"^(features\.\d+\.\d+\.){re.escape(old)}", rf"\1block.{new}", name)
    return re.sub(r"^norm\.", "classifier.0.", name).replace(".gamma", ".layer_scale")


@pytest.mark.parametrize(
    ("make", "called", "example"),
    [
        (vit, timm_vit, "blocks.1.attn.proj.weight"),
        (vit, torchvision_vit, "encoder.layers.encoder_layer_1.self_attention.in_proj_bias"),
        (convnext, timm_convnext, "stages.2.blocks.1.mlp.fc2.weight"),
        (convnext, meta_convnext, "stages.2.1.pwconv1.bias"),
        (convnext, torchvision_convnext, "features.5.1.layer_scale"),
    ],
)
def test_the_names_of_every_library_are_known(
    make: Callable[[], ImageEncoder], called: Callable[[str], str], example: str, tmp_path: Path
) -> None:
    model = shaken(make())
    theirs = {called(name): tensor.clone() for name, tensor in model.state_dict().items()}
    assert example in theirs
    if called is torchvision_convnext:
        theirs = {name: one[:, None, None] if "layer_scale" in name else one for name, one in theirs.items()}
    heads = {timm_vit: "head.weight", torchvision_vit: "heads.head.weight", timm_convnext: "head.fc.weight"}
    head = heads.get(called, "head.weight" if called is meta_convnext else "classifier.2.weight")
    save_file(
        {f"module.{name}": one.contiguous() for name, one in {**theirs, head: torch.zeros(5)}.items()},
        tmp_path / "a.safetensors",
    )
    fresh = make()
    notes = fresh.fill(tmp_path / "a.safetensors")
    assert notes[0] == f"left out module.{head}"
    for name, tensor in model.state_dict().items():
        assert torch.equal(fresh.state_dict()[name], tensor), name


def test_positions_of_another_grid_are_stretched_and_colours_become_grey(tmp_path: Path) -> None:
    model = shaken(vit())
    save_file(model.state_dict(), tmp_path / "a.safetensors")
    grey = vit(colour="grey", size=[96, 160])
    notes = grey.fill(tmp_path / "a.safetensors")
    assert set(notes) == {
        "place from (1, 37, 48) to (1, 61, 48)",
        "embed.weight from (48, 3, 16, 16) to (48, 1, 16, 16)",
    }
    one = torch.randn(1, 1, 16, 16)
    torch.testing.assert_close(grey.embed(one), model.embed(one.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-4)


def test_what_does_not_fit_is_named_tensor_by_tensor(tmp_path: Path) -> None:
    theirs = vit().state_dict()
    del theirs["transformer.layers.1.out.bias"]
    theirs["embed.bias"] = torch.zeros(7)
    theirs["blocks.0.ls1.gamma"] = torch.zeros(48)
    save_file(theirs, tmp_path / "a.safetensors")
    before = vit().state_dict()
    model = vit()
    with pytest.raises(ModelError) as refused:
        model.fill(tmp_path / "a.safetensors")
    assert refused.value.came == (
        "a.safetensors does not: no transformer.layers.1.out.bias; unknown blocks.0.ls1.gamma; "
        "embed.bias is (7,), wanted (48,)"
    )
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_what_is_no_weights_is_refused_and_nothing_is_executed(tmp_path: Path) -> None:
    import pickle

    ran: list[str] = []

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return ran.append, ("boom",)

    (tmp_path / "bomb.pt").write_bytes(pickle.dumps({"a": Bomb()}, protocol=2))
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    torch.save({"epoch": 3}, tmp_path / "epoch.pt")
    for name, why in {
        "bomb.pt": "cannot be read",
        "cut.safetensors": "cannot be read",
        "epoch.pt": "no table",
        "b.pt": "no such",
    }.items():
        with pytest.raises(ModelError, match=rf"weights come from a local .*{why}"):
            vit().fill(tmp_path / name)
    assert not ran


def test_a_preset_takes_weights_from_a_file(tmp_path: Path) -> None:
    model = shaken(vit())
    torch.save({"state_dict": model.state_dict()}, tmp_path / "a.pth")
    assert torch.equal(vit(weights=tmp_path / "a.pth").place, model.place)
    with pytest.raises(ConfigError, match="weights= came for vit-tiny"):
        encoder("vit-tiny", weights="a.pth")
