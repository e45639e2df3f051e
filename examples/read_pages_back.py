"""Draw simulated ECGs, photograph them, read them back, and lay what was found over the photograph.

python examples/read_pages_back.py docs/images
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2

import einthoven as ein
from einthoven.digitizing import read_back
from einthoven.digitizing.overlay import overlaid
from einthoven.drawing import Style, paint, worn


def main(folder: Path) -> None:
    """Write found-1.jpg and found-2.jpg into a folder."""
    for number, (layout, grid) in enumerate((("3x4+1", "red"), ("6x2", "green")), 1):
        recording = ein.simulate(1, seed=11, start=number)[0].recording
        page = worn(paint(recording, Style(layout=layout, grid=grid)), "photo", seed=number)
        picture = overlaid(read_back(page.pixels))
        small = cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        path = folder / f"found-{number}.jpg"
        cv2.imwrite(str(path), cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 72])
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
