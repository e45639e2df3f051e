"""The published weights of MELP: a made-up checkpoint of their names, and a network written from their description."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

from einthoven.encoding import load_melp
from einthoven.errors import ModelError
from einthoven.recording import Recording

C, D, W, N, M = 16, 32, 16, 5, 7


class Part(nn.Module):
    """A place for others, by name."""

    def __init__(self, **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def pooler(width: int, queries: int) -> Part:
    attention = nn.MultiheadAttention(width, 2, kdim=D, vdim=D, batch_first=True)
    return Part(
        query=nn.Parameter(torch.randn(queries, width)), attn=attention, ln_q=nn.LayerNorm(width), ln_k=nn.LayerNorm(D)
    )


class Released(nn.Module):
    """The released network, small: its names and what they do."""

    def __init__(self) -> None:
        super().__init__()
        convs = [nn.Sequential(nn.Conv1d(12 if not n else C, C, 2, 2, bias=False), nn.Dropout(0)) for n in range(4)]
        convs[0].append(nn.GroupNorm(C, C))
        around = nn.Conv1d(D, D, 8, padding=4, groups=2)
        layers = [
            Part(
                self_attn=Part(**{f"{name}_proj": nn.Linear(D, D) for name in ("k", "v", "q", "out")}),
                self_attn_layer_norm=nn.LayerNorm(D), fc1=nn.Linear(D, 4 * D), fc2=nn.Linear(4 * D, D),
                final_layer_norm=nn.LayerNorm(D),
            )
            for _ in range(2)
        ]  # fmt: skip
        self.ecg_encoder = Part(
            feature_extractor=Part(conv_layers=nn.ModuleList(convs)), layer_norm=nn.LayerNorm(C),
            post_extract_proj=nn.Linear(C, D), mask_emb=nn.Parameter(torch.rand(D)), final_proj=nn.Linear(D, 8),
            conv_pos=Part(pos_conv=nn.Sequential(nn.utils.parametrizations.weight_norm(around, dim=2))),
            encoder=Part(layers=nn.ModuleList(layers), layer_norm=nn.LayerNorm(D)),
        )  # fmt: skip
        self.attn_pool_contrast, self.ln_contrast = pooler(W, N), nn.LayerNorm(W)
        self.attn_pool_caption, self.ln_caption = pooler(D, M), nn.LayerNorm(D)
        self.proj_contrast, self.logit_scale = nn.Parameter(torch.randn(W, W)), nn.Parameter(torch.tensor(3.0))

    def tokens(self, ecg: Tensor) -> Tensor:
        net = self.ecg_encoder
        for conv in net.feature_extractor.conv_layers:
            ecg = gelu(conv(ecg))
        tokens = net.post_extract_proj(net.layer_norm(ecg.transpose(1, 2)))
        tokens = tokens + gelu(net.conv_pos.pos_conv(tokens.transpose(1, 2))[..., :-1]).transpose(1, 2)
        tokens = net.encoder.layer_norm(tokens)
        for layer in net.encoder.layers:
            query, key, value = (
                getattr(layer.self_attn, f"{name}_proj")(tokens).unflatten(2, (2, D // 2)).transpose(1, 2)
                for name in "qkv"
            )
            seen = (query @ key.transpose(2, 3) / math.sqrt(D // 2)).softmax(-1) @ value
            tokens = layer.self_attn_layer_norm(tokens + layer.self_attn.out_proj(seen.transpose(1, 2).flatten(2)))
            tokens = layer.final_layer_norm(tokens + layer.fc2(gelu(layer.fc1(tokens))))
        return tokens

    def pooled(self, kind: str, tokens: Tensor) -> Tensor:
        ask = getattr(self, f"attn_pool_{kind}")
        context, query = ask.ln_k(tokens), ask.ln_q(ask.query).expand(len(tokens), -1, -1)
        return getattr(self, f"ln_{kind}")(ask.attn(query, context, context, need_weights=False)[0])


@pytest.fixture(scope="module")
def released() -> Released:
    torch.manual_seed(0)
    made = Released().eval()
    for weight in made.parameters():
        if weight.ndim:
            nn.init.normal_(weight, std=0.3)
    return made


def tensors(released: Released) -> dict[str, Tensor]:
    return {name: one.detach().clone() for name, one in released.state_dict().items()}


def opened(folder: Path) -> object:
    return load_melp(folder, heads=2, pool_heads=2)


def test_it_says_what_the_released_network_says(
    released: Released, tmp_path: Path, recorded: Callable[..., Recording]
) -> None:
    save_file(tensors(released), tmp_path / "model.safetensors")
    model = load_melp(tmp_path, heads=2, pool_heads=2)
    ecg = model.encoder("ecg")
    batch = ecg.prepare([recorded(0), recorded(1)])
    assert ecg.preparation.scale == "min-max"
    assert ecg.preparation.leads[4:6] == ("aVF", "aVL")
    with torch.no_grad():
        tokens = released.tokens(batch.signal)
        seen = ecg(batch)
        beats, captions = released.pooled("contrast", tokens), released.pooled("caption", tokens)
        torch.testing.assert_close(seen.tokens, tokens, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(seen.pooled, beats.mean(1), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(ecg.pool("caption", seen, batch)[0], captions, atol=1e-4, rtol=1e-4)
        rhythm = normalize((beats @ released.proj_contrast).mean(1), dim=-1)
        torch.testing.assert_close(model.space("shared").project("ecg", seen.pooled), rhythm, atol=1e-4, rtol=1e-4)
    assert model.space("shared").temperature == pytest.approx(math.exp(-3))
    assert model.fingerprint == opened(tmp_path).fingerprint  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["last.ckpt", "encoder.pth"])
def test_a_torch_checkpoint_of_the_whole_model_will_do(released: Released, tmp_path: Path, name: str) -> None:
    whole = {f"ecg_encoder.{key}": one for key, one in tensors(released).items()}
    old = {key.replace("parametrizations.weight.original0", "weight_g"): one for key, one in whole.items()}
    old = {key.replace("parametrizations.weight.original1", "weight_v"): one for key, one in old.items()}
    old["lm_model.bert.embeddings.weight"], old["proj_t.0.weight"] = torch.zeros(3, 2), torch.zeros(2, 2)
    torch.save({"state_dict": old, "epoch": 4, "hyper_parameters": {"lr": 2e-4}}, tmp_path / name)
    save_file(tensors(released), tmp_path / "model.safetensors")
    expected = opened(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    model = opened(tmp_path)
    assert model.card.notes == (f"read from {name}", "left there: lm_model., proj_t.")  # type: ignore[attr-defined]
    assert model.fingerprint == expected.fingerprint  # type: ignore[attr-defined]


def test_every_tensor_that_does_not_fit_is_named(released: Released, tmp_path: Path) -> None:
    found = tensors(released)
    del found["ecg_encoder.encoder.layers.1.self_attn.k_proj.bias"]
    found["ecg_encoder.encoder.layers.0.fc2.weight"] = torch.zeros(D, 5)
    found["ecg_encoder.surprise"] = torch.zeros(1)
    save_file(found, tmp_path / "model.safetensors")
    with pytest.raises(ModelError) as caught:
        opened(tmp_path)
    text = str(caught.value)
    assert "missing: ecg_encoder.encoder.layers.1.self_attn.k_proj.bias" in text
    assert "of another shape: ecg_encoder.encoder.layers.0.fc2.weight as (32, 5) instead of (32, 128)" in text
    assert "unknown: ecg_encoder.surprise" in text
    assert "docs/papers/melp.md" in text


class Trap:
    """What a pickle may hold, and must not do."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("/tmp/einthoven-was-here"),)  # type: ignore[return-value]


def test_no_code_of_a_checkpoint_is_run(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "model": Trap()}, tmp_path / "last.ckpt")
    with pytest.raises(ModelError, match=r"last\.ckpt cannot be read as that \(UnpicklingError\)\. Where you trust"):
        load_melp(tmp_path)
    assert not Path("/tmp/einthoven-was-here").exists()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"published weights are one \.safetensors.*has none\. Download"):
        load_melp(tmp_path)
    save_file({"conv.weight": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match=r"a\.safetensors has none; its first are conv\.weight"):
        load_melp(tmp_path)
    save_file({"conv.weight": torch.zeros(1)}, tmp_path / "b.safetensors")
    with pytest.raises(ModelError, match="has 2"):
        load_melp(tmp_path)
    (tmp_path / "b.safetensors").unlink()
    (tmp_path / "a.safetensors").write_bytes(b"no")
    with pytest.raises(ModelError, match=r"a\.safetensors cannot be read as that"):
        load_melp(tmp_path)
