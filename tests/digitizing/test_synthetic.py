"""A page of a simulated patient stays one when it is read back, whatever file it went through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import einthoven as ein
from einthoven.digitizing import digitize

from .pages import drawn, patient


@pytest.mark.parametrize("ending", [".png", ".jpg", ".pdf"])
def test_a_picture_says_it(tmp_path: Path, ending: str) -> None:
    assert patient().synthetic
    assert digitize(drawn("3x4").save(tmp_path / f"page{ending}")).synthetic


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_lines_of_a_pdf_say_it(tmp_path: Path, synthetic: bool) -> None:
    ein.draw(replace(patient(), synthetic=synthetic), tmp_path / "page.pdf")
    assert digitize(tmp_path / "page.pdf").synthetic is synthetic
