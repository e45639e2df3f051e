"""The demo runs the whole main job and leaves one page that needs nothing else."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

import einthoven as ein
from einthoven.demonstrating import MARK, Shown, demo
from einthoven.demonstrating.charts import curves
from einthoven.gathering.miniatures import miniature
from einthoven.recording import Recording

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    root = miniature("ptb-xl", tmp_path_factory.mktemp("data") / "ptb-xl", n=40, seed=2)
    told: list[str] = []
    made = demo(tmp_path_factory.mktemp("demo"), data=root, patients=160, epochs=1, seed=1, tell=told.append)
    assert [line.split()[0] for line in told[:5]] == ["simulate", "pretrain", "evaluate", "index", "search"]
    return made


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.wanted += [value for key, value in known.items() if key in ("src", "href") and value]
        if tag == "img":
            self.images.append(known)


def test_the_page_needs_nothing_else(shown: Shown) -> None:
    page = Links()
    page.feed(shown.report.read_text())
    assert page.wanted
    assert all(link.startswith("data:") for link in page.wanted)
    assert "<script" not in shown.report.read_text()
    assert len(page.images) >= 1 + 3 + 3 * 2
    assert all(image.get("alt") for image in page.images)


def test_the_page_says_that_it_is_synthetic_and_makes_no_clinical_claim(shown: Shown) -> None:
    text = shown.report.read_text()
    assert "SYNTHETIC: the model was trained on simulated patients" in text
    assert "research software" in text
    assert "SYNTHETIC DATA" in text


def test_the_page_has_the_tables_with_intervals_and_baselines(shown: Shown) -> None:
    text = re.sub(r"<[^>]+>", " ", shown.report.read_text())
    for word in ("random encoder", "chance", "hand-made features", "10-fold by patient", "continued on train", "macro"):
        assert word in text
    assert re.search(r"0\.\d{3} +\[0\.\d{3}, [01]\.\d{3}\]", text)


def test_the_headline_holds_the_numbers(shown: Shown) -> None:
    numbers = shown.headline
    assert numbers["synthetic"] is True
    assert 0 <= numbers["zero_shot_macro_auroc"] <= 1
    assert numbers["search_p10_over_prevalence"] >= 0
    low, high = numbers["real_probe_gain_over_random"][1:]
    assert low <= numbers["real_probe_gain_over_random"][0] <= high
    assert json.loads((shown.report.parent / "results.json").read_text())


def test_what_a_demo_made_can_be_used(shown: Shown) -> None:
    out = shown.report.parent
    archive = ein.Archive.open(out / "archive", ein.load(out / "model"))
    assert 40 < len(archive) < 100
    assert len(archive.search("sinus rhythm", k=2)) == 2


@pytest.mark.slow
def test_a_second_demo_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    demo(tmp_path, patients=80, epochs=1)
    demo(tmp_path, patients=90, epochs=1, seed=1)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / MARK).is_file()


def test_curves_rise_when_the_numbers_rise() -> None:
    drawn = ET.fromstring(curves({"a": [(0, 1), (1, 3)], "b": [(0, 2)], "none": []}, across="step", up="loss"))
    lines = [node for node in drawn.iter() if node.tag.endswith("polyline")]
    assert len(lines) == 2
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in (lines[0].get("points") or "").split())
    assert x1 > x0
    assert y1 < y0


def test_no_curves_are_drawn_of_nothing() -> None:
    assert curves({"a": []}, across="step", up="loss") == ""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_page_opens_in_a_browser_without_a_console_error(shown: Shown, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    said: list[str] = []
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.extend([] if request.url[:5] in ("file:", "data:") else [request.url]))
        page.goto(shown.report.as_uri())
        loaded = page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        page.set_viewport_size({"width": 400, "height": 800})
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.screenshot(path=tmp_path / "page.png")
        browser.close()
    assert said == []
    assert loaded
    assert overflow <= 0
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_drawing_a_slow_recording_needs_no_resampling(recorded: Callable[..., Recording]) -> None:
    from einthoven.demonstrating.page import cases

    assert "data:image/svg+xml;base64," in cases("q", [], recording=recorded(fs=100))
