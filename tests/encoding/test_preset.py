from __future__ import annotations

import pytest
import torch

from einthoven.encoding import Encoder, encoder, presets, seeded
from einthoven.encoding.build import build
from einthoven.errors import ConfigError, ModelError
from einthoven.recording import LEADS

SIZES = {
    "vit-tiny": 122_688,
    "vit-small": 1_053_936,
    "vit-base": 85_603_584,
    "resnet-tiny": 195_712,
    "resnet-small": 1_234_720,
    "resnet18": 3_849_600,
    "melp-tiny": 29_456,
    "melp-small": 1_024_928,
    "melp": 65_019_008,
    "xresnet-tiny": 9_792,
    "xresnet1d101": 1_804_672,
    "s4-tiny": 7_072,
    "s4": 2_250_240,
    "report-tiny": 86_976,
    "report-small": 675_328,
    "report-base": 108_890_112,
    "image-tiny": 95_376,
    "image-small": 2_855_232,
    "image-base": 86_567_656 - 769_000,  # ViT-B/16 of the public libraries, without its classifier
    "convnext-small": 670_200,
    "convnext-t": 28_589_128 - 769_000,  # ConvNeXt-T likewise
}


@pytest.mark.parametrize(("name", "weights"), SIZES.items())
def test_a_preset_has_its_size(name: str, weights: int) -> None:
    with torch.device("meta"):
        made = encoder(name)
    assert sum(weight.numel() for weight in made.parameters()) == weights


def test_report_base_is_as_large_as_bert_base_without_segments_and_pooler() -> None:
    D, layer = 768, 4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768
    assert SIZES["report-base"] == (30522 + 512) * D + 2 * D + 12 * layer


@pytest.mark.parametrize("name", ["vit-tiny", "vit-small", "resnet-tiny", "resnet-small", "melp-tiny", "melp-small"])
def test_cpu_presets_eat_ten_seconds_at_100_hz(name: str) -> None:
    recipe = encoder(name).preparation
    assert (recipe.fs, recipe.seconds, recipe.band, recipe.leads) == (100, 10, (0.5, 40), LEADS)  # type: ignore[union-attr]


def test_every_preset_is_tested() -> None:
    assert set(presets()) == {*SIZES, "huggingface"}


def test_a_seed_makes_the_weights_and_leaves_other_randomness_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = encoder("vit-tiny"), encoder("vit-tiny", seed=0), encoder("vit-tiny", seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.embed.weight, same.embed.weight)  # type: ignore[union-attr]
    assert not torch.equal(one.embed.weight, other.embed.weight)  # type: ignore[union-attr]


def test_seeded_restores_even_after_an_error() -> None:
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), seeded(1):
        _ = torch.rand(3) / (1 // 0)
    assert torch.equal(torch.get_rng_state(), before)


def test_overrides_reach_sizes_and_recipe() -> None:
    made = encoder("vit-tiny", width=32, leads=("I", "II"), fs=250, seconds=4, missing="mask")
    assert (made.width, made.preparation.leads, made.preparation.samples) == (32, ("I", "II"), 1000)  # type: ignore[union-attr]
    whole = encoder("vit-tiny", preparation=made.preparation)
    assert whole.preparation == made.preparation
    assert encoder("report-tiny", max_tokens=16).preparation.max_tokens == 16  # type: ignore[union-attr]


def test_an_unknown_preset_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'vit-smal' is none\. Did you mean vit-small\?"):
        encoder("vit-smal")


def test_an_unknown_override_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"vit-tiny is changed by.*widht= came\. Did you mean width\?.*seconds"):
        encoder("vit-tiny", widht=32)


class Point:
    """An entry point as another package would have it."""

    name = "mine"

    def __init__(self, found: object) -> None:
        self.found = found

    def load(self) -> object:
        return self.found


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    points: list[Point] = []
    for module in ("build", "preset"):
        monkeypatch.setattr(f"einthoven.encoding.{module}.entry_points", lambda group: points)
    return points


def test_an_encoder_of_another_package_is_made_by_its_name(offered: list[Point]) -> None:
    from einthoven.encoding import Encoding, SignalEncoder, Signals

    class Mine(SignalEncoder):
        architecture = "mine"

        def __init__(self, preparation: object, *, gain: float = 2.0) -> None:
            super().__init__(preparation, width=12, sizes={"gain": gain})  # type: ignore[arg-type]
            self.gain = torch.nn.Parameter(torch.tensor(gain))

        def forward(self, batch: Signals, *, keep: object = None) -> Encoding:
            mean = self.measured(batch).mean(-1) * self.gain
            return Encoding(mean, mean[:, None], torch.ones(len(batch), 1, dtype=torch.bool))

    offered.append(Point(Mine))
    made = encoder("mine", gain=3.0, fs=100)
    assert (made.config(), made.preparation.fs) == ({"architecture": "mine", "gain": 3.0}, 100)  # type: ignore[union-attr]
    assert "mine" in presets()


def test_an_entry_point_that_is_no_encoder_is_refused(offered: list[Point]) -> None:
    offered.append(Point(dict))
    with pytest.raises(ModelError, match="a subclass of Encoder; 'mine' is something else"):
        encoder("mine")


def test_an_unknown_architecture_is_answered_with_the_nearest() -> None:
    recipe = encoder("vit-tiny").preparation
    with pytest.raises(ModelError, match=r"'vitt' is not known here\. Did you mean vit\?.*install that package"):
        build({"architecture": "vitt"}, recipe)
    with pytest.raises(ModelError, match=r"a vit encoder is built from.*'hights' is not one.*heads"):
        build({"architecture": "vit", "hights": 2}, recipe)


def test_every_preset_is_an_encoder() -> None:
    assert isinstance(encoder("resnet-tiny"), Encoder)
