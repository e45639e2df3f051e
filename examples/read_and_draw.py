"""Read an ECG of any format, clean it, draw it: `python examples/read_and_draw.py FILE page.svg`."""

from __future__ import annotations

import sys

import einthoven as ein


def main(source: str, page: str) -> None:
    """Draw the ECG at `source` on paper."""
    recording = ein.read(source)
    for doubt in recording.warnings:
        print("doubt:", doubt)
    ein.draw(ein.clean(recording, band=(0.5, 40), mains=50), page)


if __name__ == "__main__":
    main(*sys.argv[1:3])
