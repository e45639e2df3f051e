"""The fields of a beat beside pyts: how equal, how fast.

    python benchmarks/fields.py            # needs the bench extra; pyts compiles itself for a minute or two first
    python benchmarks/fields.py --quick

A beat is 12 leads x 100 samples of a simulated patient, each round another. "Matrices" are the three fields alone, as
pyts returns them; a "picture" is the whole recipe of Qiu et al.: fields, scaled, laid out, and for 224 x 224 resized by
OpenCV's bilinear filter. The floor of a concat is writing 3 x 1200 x 1200 numbers into fresh memory. The last line of
the output is JSON.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

# ruff: noqa: I001  (common comes before numpy: it keeps every library to one thread)
from common import alternate, claim, report

import numpy as np

from einthoven.drawing.beat import beat
from einthoven.drawing.fields import Fields
from einthoven.drawing.matrices import unit
from einthoven.recording import Recording
from einthoven.simulating import simulate

SIZE = (224, 224)


def beats(n: int) -> list[np.ndarray]:
    """Return one beat of each of n simulated patients."""
    recipe = Fields().preparation
    prepared = [recipe.condition(study.recording) for study in simulate(n, seed=0)]
    return [beat(Recording(one.signal, recipe.leads, recipe.fs)) for one in prepared]


class Pyts:
    """The same pictures, made of pyts and OpenCV."""

    def __init__(self) -> None:
        os.environ.setdefault("NUMBA_NUM_THREADS", "1")
        import cv2
        from pyts.image import GramianAngularField, MarkovTransitionField, RecurrencePlot

        cv2.setNumThreads(1)
        self.resize = cv2.resize
        self.makers = GramianAngularField(sample_range=None), RecurrencePlot(), MarkovTransitionField(n_bins=4)

    def matrices(self, beat: np.ndarray, style: str) -> list[np.ndarray]:
        x = unit(beat)
        return [maker.transform(x if style == "grid" else x.reshape(1, -1)) for maker in self.makers]

    def picture(self, beat: np.ndarray, style: str, size: tuple[int, int] | None) -> np.ndarray:
        gaf, rp, mtf = self.matrices(beat, style)
        planes = [(gaf + 1) / 2, np.minimum(rp, 1), mtf]
        if style == "grid":
            T = beat.shape[1]
            planes = [plane.reshape(4, 3, T, T).transpose(1, 2, 0, 3).reshape(3 * T, 4 * T) for plane in planes]
        picture = np.stack([plane.reshape(plane.shape[-2:]) for plane in planes], -1)
        picture = picture if size is None else self.resize(picture, size[::-1])
        return picture[..., ::-1].transpose(2, 0, 1)  # what OpenCV writes as blue, green, red


def compare(style: str, size: tuple[int, int] | None, peer: Pyts, hearts: list[np.ndarray]) -> list[dict[str, Any]]:
    ours, rounds = Fields(style=style), len(hearts)
    apart = max(float(np.abs(ours(one, size=size) - peer.picture(one, style, size)).max()) for one in hearts[:10])
    spent = alternate(
        {
            "ours": lambda turn: ours(hearts[turn], size=size),
            "picture": lambda turn: peer.picture(hearts[turn], style, size),
            "matrices": lambda turn: peer.matrices(hearts[turn], style),
            "floor": lambda _: np.ones((3, *ours.size(12, 100)), np.float32),
        },
        rounds,
    )
    what = f"fields: {style}, {'x'.join(map(str, size or ours.size(12, 100)))}"
    rows = [
        claim(f"{what}, picture vs pyts + OpenCV", "ms CPU", ours=spent["ours"], peer=spent["picture"], n=rounds),
        claim(
            f"{what}, picture vs pyts matrices alone", "ms CPU", ours=spent["ours"], peer=spent["matrices"], n=rounds
        ),
        claim(f"{what}, largest difference, asked 1e-5", "of 1", ours=apart, peer=1e-5, n=min(10, rounds)),
    ]
    if size is None and style == "concat":
        floor = "vs writing as many numbers (the floor)"
        rows.append(claim(f"{what}, picture {floor}", "ms CPU", ours=spent["ours"], peer=spent["floor"], n=rounds))
    return rows


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--quick", action="store_true", help="7 rounds, concat only")
    options = parser.parse_args(argv)
    hearts, peer = beats(7 if options.quick else options.rounds), Pyts()
    styles = ("concat",) if options.quick else ("concat", "grid")
    return report([row for style in styles for size in (None, SIZE) for row in compare(style, size, peer, hearts)])


if __name__ == "__main__":
    raise SystemExit(main())
