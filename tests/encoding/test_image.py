from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from einthoven.cleaning.preparation import Preparation
from einthoven.drawing.fields import Fields
from einthoven.encoding import ImageEncoder, ImagePreparation, Images, Model, Space, encoder, load
from einthoven.encoding.imagefile import pixels_of
from einthoven.errors import ModelError, PreparationError, ReadError, SignalError, UnknownFormatError
from einthoven.recording import LEADS, Recording
from einthoven.simulating import simulate

STUDIES = simulate(3, seed=4)
KINDS = {"vit": "image-tiny", "convnext": "convnext-small"}


@pytest.fixture(params=KINDS)
def pictures_in(request: pytest.FixtureRequest) -> ImageEncoder:
    made = encoder(KINDS[request.param], size=[64, 96]).eval()
    assert isinstance(made, ImageEncoder)
    return made


def of_pages(**changes: object) -> ImageEncoder:
    made = encoder("image-tiny", eats="pages", size=[64, 96], **changes)
    assert isinstance(made, ImageEncoder)
    return made


@torch.inference_mode()
def test_an_encoding_has_a_vector_a_picture_and_a_token_a_place(pictures_in: ImageEncoder) -> None:
    batch = pictures_in.prepare(STUDIES)
    seen = pictures_in(batch)
    assert batch.pixels.shape == (3, 3, 64, 96)
    assert seen.pooled.shape == (3, pictures_in.width)
    assert seen.tokens.shape == (3, seen.mask.shape[1], pictures_in.token_width)
    assert seen.mask.all()
    alone = pictures_in(pictures_in.prepare(STUDIES[1:2]))
    torch.testing.assert_close(alone.pooled, seen.pooled[1:2], rtol=1e-4, atol=1e-5)


def test_every_weight_learns(pictures_in: ImageEncoder) -> None:
    pictures_in.train()
    seen = pictures_in(pictures_in.prepare(STUDIES))
    (seen.pooled.square().sum() + seen.tokens.sum() * 1e-3 + seen.tokens.square().mean()).backward()
    assert [name for name, weight in pictures_in.named_parameters() if weight.grad is None] == []


def test_a_model_with_pictures_is_saved_and_loaded_with_its_recipe(pictures_in: ImageEncoder, tmp_path: Path) -> None:
    space = Space({"image": pictures_in.width}, width=8)
    model = Model([pictures_in], spaces={"shared": space}).eval()
    again = load(model.save(tmp_path / "model"))
    assert again.fingerprint == model.fingerprint
    assert again.encoder("image").preparation == pictures_in.preparation
    vectors = model.embed(STUDIES, modality="image", space="shared")
    assert np.array_equal(again.embed(STUDIES, modality="image", space="shared"), vectors)
    assert model.untrained().fingerprint != model.fingerprint


def test_recordings_go_to_the_encoder_that_eats_them(pictures_in: ImageEncoder) -> None:
    alone = Model([pictures_in]).eval()
    by_guess = alone.embed([STUDIES[0].recording])
    assert np.array_equal(by_guess, alone.embed([STUDIES[0]], modality="image"))
    both = Model([encoder("vit-tiny"), pictures_in]).eval()
    assert both.embed([STUDIES[0]]).shape == (1, 64)
    pages = np.full((3, 40, 60, 3), 255, np.uint8)
    assert Model([of_pages()]).embed(pages).shape == (3, 48)
    assert Model([of_pages()]).embed(pages[0]).shape == (1, 48)


def test_a_batch_of_another_shape_is_refused(pictures_in: ImageEncoder) -> None:
    with pytest.raises(
        PreparationError, match=r"eats pictures of shape \(B, 3, 64, 96\); a batch of shape \(1, 3, 96, 96\)"
    ):
        pictures_in(Images(torch.zeros(1, 3, 96, 96)))
    with pytest.raises(ModelError, match="masked modelling needs"):
        pictures_in(Images(torch.zeros(1, 3, 64, 96)), keep=torch.zeros(1, 1, dtype=torch.long))


def test_an_encoder_of_fields_refuses_pages_and_says_what_to_do(tmp_path: Path) -> None:
    fields = encoder("image-tiny")
    Image.new("RGB", (30, 20)).save(tmp_path / "page.png")
    for page in (tmp_path / "page.png", np.zeros((20, 30, 3), np.uint8)):
        with pytest.raises(PreparationError, match=r"eats fields, which are computed from the samples.*eats='pages'"):
            fields.prepare([page])
    study = replace(STUDIES[0], page=tmp_path / "page.png")
    assert torch.equal(fields.prepare([study]).pixels, fields.prepare([STUDIES[0].recording]).pixels)


def test_a_study_with_a_page_shows_its_page_and_one_without_is_drawn(tmp_path: Path) -> None:
    pages = of_pages()
    Image.new("RGB", (30, 20), (255, 0, 0)).save(tmp_path / "page.png")
    shown = pages.prepare([replace(STUDIES[0], page=tmp_path / "page.png"), STUDIES[0], STUDIES[0].recording]).pixels
    assert shown[0, 0].min() == 1
    assert shown[0, 1].min() == -1
    assert torch.equal(shown[1], shown[2])
    assert shown[1].min() < 0.9  # ink on paper
    with pytest.raises(ModelError, match="takes recordings, studies, paths and pixels; int came"):
        pages.prepare([3])  # type: ignore[list-item]


def test_pages_keep_their_proportions_on_white_or_are_stretched() -> None:
    black = np.zeros((100, 100, 3), np.uint8)
    padded = ImagePreparation("pages", size=(64, 96)).page(black)
    assert (padded[:, :, 16:80] == -1).all()
    assert (padded[:, :, :16] == 1).all()
    assert (ImagePreparation("pages", size=(64, 96), fit="stretch").page(black) == -1).all()
    assert ImagePreparation("pages", size=(64, 96), fit="stretch").page(black[:5, :7]).shape == (3, 64, 96)


def test_a_thin_line_is_not_passed_over() -> None:
    page = np.full((400, 400), 255, np.uint8)
    page[201] = 0
    small = ImagePreparation("pages", size=(40, 40), mean=(0,) * 3, std=(1,) * 3).page(page)
    np.testing.assert_allclose(small[:, 20], 0.9, atol=0.01)


def test_grey_is_the_grey_of_pillow() -> None:
    page = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    grey = ImagePreparation("pages", size=(16, 16), colour="grey", mean=(0,), std=(1,)).page(page)
    np.testing.assert_allclose(grey[0] * 255, np.asarray(Image.fromarray(page).convert("L")), atol=1)


def test_rows_of_a_store_are_drawn_as_recordings_are() -> None:
    for chosen in (encoder("image-tiny"), of_pages()):
        assert isinstance(chosen, ImageEncoder)
        recipe = chosen.preparation.signal
        prepared = recipe.condition(STUDIES[0].recording)
        microvolts = np.rint(prepared.signal[None] * 1000).astype(np.int16)
        row = (microvolts, prepared.lead_mask[None], np.array([prepared.length]))
        images, drawn = chosen.from_microvolts(*row, preparation=recipe)
        assert drawn.tolist() == [True]
        assert (images.pixels - chosen.prepare([STUDIES[0]]).pixels).abs().mean() < 0.01


def test_a_store_of_another_recipe_is_converted_and_what_cannot_be_drawn_is_absent() -> None:
    chosen = encoder("image-tiny")
    assert isinstance(chosen, ImageEncoder)
    other = Preparation(fs=250, seconds=8, band=(0.5, 40))
    prepared = other.condition(STUDIES[0].recording)
    microvolts = np.stack([np.rint(prepared.signal * 1000).astype(np.int16), np.zeros(prepared.signal.shape, np.int16)])
    there, length = np.stack([prepared.lead_mask] * 2), np.array([prepared.length] * 2)
    images, drawn = chosen.from_microvolts(microvolts, there, length, preparation=other)
    assert drawn.tolist() == [True, False]  # a flat line has no beat
    assert not images.pixels[1].any()
    first, _ = chosen.from_microvolts(microvolts[:1], there[:1], length[:1], preparation=other, keys=[0])
    again, _ = chosen.from_microvolts(microvolts[:1], there[:1], length[:1], preparation=other, keys=[0])
    assert torch.equal(first.pixels, again.pixels)
    with pytest.raises(SignalError, match="needs a beat"):
        chosen.prepare([Recording(np.zeros((12, 1000)), LEADS, 100)])


def test_a_recipe_is_read_back_as_it_was_written() -> None:
    for recipe in (
        ImagePreparation(Fields(style="grid", defects=()), size=(96, 128), colour="grey"),
        ImagePreparation({"kind": "pages", "layout": "6x2", "wear": "photo", "varied": True}, fit="stretch"),
    ):
        assert ImagePreparation.from_json(recipe.to_json()) == recipe
        assert ImagePreparation.from_json(recipe.to_json()).fingerprint == recipe.fingerprint
    for wrong in ("{", "[]", '{"version": 1}', '{"version": 2}'):
        with pytest.raises(PreparationError, match="read back as it was written"):
            ImagePreparation.from_json(wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"eats": "page"}, r"eats='page'\. Did you mean pages"),
        ({"eats": {"kind": "fields", "stile": "grid"}}, "Did you mean style"),
        ({"eats": 3}, "eats=3"),
        ({"colour": "cmyk"}, "colour='cmyk'"),
        ({"size": (4, 4)}, r"size=\(4, 4\)"),
        ({"std": (1, 0, 1)}, "std above 0"),
        ({"fit": "crop"}, "fit='crop'"),
    ],
)
def test_a_recipe_that_cannot_be_carried_out_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(PreparationError, match=f"a recipe can be carried out; .*{said}"):
        ImagePreparation(**wrong)  # type: ignore[arg-type]


def test_an_array_that_is_no_picture_is_refused() -> None:
    for wrong in (
        np.zeros((3, 4, 5, 6)),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4), np.int64),
        np.zeros((0, 4), np.uint8),
    ):
        with pytest.raises(PreparationError, match="a picture has shape"):
            of_pages().prepare([wrong])


def test_picture_files_of_every_kind_become_the_same_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    picture = Image.fromarray(pixels)
    for ending in ("png", "tiff", "bmp", "webp"):
        picture.save(tmp_path / f"a.{ending}", **({"lossless": True} if ending == "webp" else {}))
        assert np.array_equal(pixels_of(tmp_path / f"a.{ending}"), pixels)
    Image.fromarray(np.full((4, 5), 0x8000, np.uint16)).save(tmp_path / "deep.png")
    assert (pixels_of(tmp_path / "deep.png") == 128).all()
    Image.new("RGBA", (3, 2), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (pixels_of(tmp_path / "clear.png") == 255).all()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    picture.save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(pixels_of(tmp_path / "turned.png"), np.rot90(pixels, -1))


def test_files_that_are_no_pictures_are_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(UnknownFormatError, match="a page is a PNG, JPEG"):
        pixels_of(tmp_path / "a.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8)).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:9000])
    with pytest.raises(ReadError, match="it is damaged"):
        pixels_of(tmp_path / "b.png")
    with pytest.raises(FileNotFoundError):
        pixels_of(tmp_path / "c.png")
    for size, said in {
        (11_000, 10_000): "it has 11000 x 10000 pixels",
        (20_000, 10_000): "it has far too many",
    }.items():
        Image.new("1", size).save(tmp_path / "huge.png")
        with pytest.raises(ReadError, match=said):
            pixels_of(tmp_path / "huge.png")
