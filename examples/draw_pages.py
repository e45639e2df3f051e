"""Draw simulated patients on pages of every layout, clean and worn, small enough to look at together. SYNTHETIC."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2

import einthoven as ein
from einthoven.drawing import Page, Style, paint, styles, worn
from einthoven.drawing.picture import jpeg

LOOKS = (
    {"layout": "3x4"},
    {"layout": "3x4+1", "grid": "pink", "separators": True, "page": "a4"},
    {"layout": "3x4+2", "grid": "blue"},
    {"layout": "3x4+3", "grid": "green", "speed": 12.5},
    {"layout": "6x2", "grid": "brown"},
    {"layout": "6x2+1", "grid": "grey", "ink": "#000000", "font": "slanted"},
    {"layout": "2x6", "grid": "red", "fine": False},
    {"layout": "12x1", "grid": "pink", "page": "a4", "gain": 5},
    {"layout": "cabrera", "grid": "blue", "speed": 50, "seconds": 5, "line": 0.4},
    {"layout": "3x4+1", "grid": "none", "gain": 20, "ink": "#1b2350"},
)
WEARS = ("photo",) * 5 + ("scan",) * 3 + ("ruin",) * 2
WIDE = 640
"""Pixels across."""


def main(folder: str, number: int = 10) -> list[Path]:
    """Draw `number` clean pages and as many worn ones into a folder; return their files."""
    patients = [study.recording for study in ein.simulate(number, seed=12)]
    made = []
    for k, (recording, look) in enumerate(zip(patients, LOOKS, strict=False)):
        page = paint(recording, Style(dpi=150, **look), (f"page {k + 1}",))  # type: ignore[arg-type]
        made.append(small(page, Path(folder) / f"page-{k + 1}.jpg"))
    for k, (recording, style, wear) in enumerate(zip(patients, styles(12, number, dpi=200), WEARS, strict=False)):
        page = worn(paint(recording, style, (f"page {k + 1}",)), wear, seed=12, number=k)
        made.append(small(page, Path(folder) / f"worn-{k + 1}.jpg"))
    return made


def small(page: Page, path: Path) -> Path:
    """Write a page `WIDE` pixels wide."""
    size = (WIDE, round(WIDE * page.pixels.shape[0] / page.pixels.shape[1]))
    pixels = cv2.resize(page.pixels, size, interpolation=cv2.INTER_AREA)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(pixels, page.dpi * WIDE / page.pixels.shape[1], quality=75))
    return path


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "pages")
