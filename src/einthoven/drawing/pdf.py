"""PDF: the page as vectors, or the picture of a page, as one document true to the millimetre."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from einthoven.drawing.page import Pixels
from einthoven.drawing.paper import BOLD, FINE
from einthoven.drawing.plan import Line, Plan, Word, headed, named, pulses, raised, scaled, standing, ticks, warned
from einthoven.drawing.style import GRIDS, Style, colour
from einthoven.recording import Recording

__all__ = ["pictured", "vectors"]

_POINTS = 72 / 25.4
"""Points to a millimetre."""
_WIDE = {" ": 278, "-": 333, "I": 278, "O": 778, "S": 667, "E": 667, "Y": 667, "P": 667, "T": 611}
"""Widths of Helvetica Bold in thousandths of its size, where they are not 722 (Adobe's font metrics)."""


def vectors(recording: Recording, style: Style, header: Sequence[str] = ()) -> bytes:
    """Return the PDF of `recording` on paper: lines as lines and words as words, nothing as pixels."""
    plan = standing(style, min(style.seconds, recording.seconds))
    words = (
        *(named(plan, style) if style.names else ()),
        *headed(style, header),
        *warned(plan, style, recording.synthetic),
        *scaled(recording, plan, style),
    )
    lines = (*pulses(plan, style), *ticks(plan, style))
    ink = "".join(_trace(recording, plan, number, style) for number in range(len(plan.panels)))
    content = (
        f"{_POINTS:.8f} 0 0 {-_POINTS:.8f} 0 {plan.height * _POINTS:.4f} cm 1 j 1 J\n{_grid(plan, style)}"
        f"{_stroke(style.ink, style.line)}{''.join(map(_path, lines))}S\n{ink}"
        f"{''.join(_word(word, style) for word in words)}"
    )
    fonts = "".join(
        f"/{name} << /Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding /WinAnsiEncoding >> "
        for name, base in (("F1", "Helvetica"), ("F2", "Helvetica-Bold"))
    )
    return _document((plan.width, plan.height), content.encode("cp1252", "replace"), f"/Font << {fonts}>>".encode(), ())


def pictured(pixels: Pixels, dpi: float, file: bytes) -> bytes:
    """Return the PDF of one picture, as a scanner makes it.

    Args:
        pixels: the picture, of which only the size is looked at.
        dpi: its resolution.
        file: the same picture as a JPEG.
    """
    tall, wide = pixels.shape[:2]
    width, height = wide / dpi * 25.4, tall / dpi * 25.4
    head = (
        f"<< /Type /XObject /Subtype /Image /Width {wide} /Height {tall} /ColorSpace /DeviceRGB "
        f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(file)} >>\nstream\n"
    )
    content = f"{width * _POINTS:.4f} 0 0 {height * _POINTS:.4f} 0 0 cm /P Do".encode()
    picture = head.encode() + file + b"\nendstream"
    return _document((width, height), content, b"/XObject << /P 5 0 R >>", (picture,))


def _document(size: tuple[float, float], content: bytes, resources: bytes, more: Iterable[bytes]) -> bytes:
    """Put a page's content, what it uses and further objects, which are numbered from 5, into a file."""
    box = f"{size[0] * _POINTS:.4f} {size[1] * _POINTS:.4f}".encode()
    packed = zlib.compress(content, 6)
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 "
        + box
        + b"] /Contents 4 0 R /Resources << "
        + resources
        + b" >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
        *more,
    )
    body, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % at for at in places
    )
    return (
        body + table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    )


def _grid(plan: Plan, style: Style) -> str:
    paper, minor, major = GRIDS[style.grid]
    drawn = f"{_tint(paper)} rg 0 0 {plan.width:g} {plan.height:g} re f\n"
    left, top, wide, tall = plan.grid
    for tint, every, thick in ((minor, 1, FINE), (major, 5, BOLD)):
        if tint == paper or (every == 1 and not style.fine):
            continue
        across = [((left + at, top), (left + at, top + tall)) for at in range(0, int(wide + 1e-6) + 1, every)]
        down = [((left, top + at), (left + wide, top + at)) for at in range(0, int(tall + 1e-6) + 1, every)]
        drawn += _stroke(tint, thick) + "".join(map(_path, across + down)) + "S\n"
    return drawn


def _trace(recording: Recording, plan: Plan, number: int, style: Style) -> str:
    """Return one lead as a path in hundredths of a millimetre; a NaN lifts the pen."""
    panel = plan.panels[number]
    lead = raised(recording, panel.lead)
    if lead is None:
        return ""
    samples, level, sign = lead
    first, stop = panel.samples(recording.fs, recording.samples)
    x = panel.x + (np.arange(first, stop) / recording.fs - panel.first) * style.speed
    y = panel.y - sign * style.gain * (samples[first:stop] - level)
    drawn = np.isfinite(y)
    lifted = np.r_[True, ~drawn[:-1]][drawn]
    points = zip(x[drawn].tolist(), y[drawn].tolist(), lifted.tolist(), strict=True)
    return "".join(f"{a:.3f} {b:.3f} {'m' if up else 'l'}\n" for a, b, up in points) + "S\n"


def _path(line: Line) -> str:
    return "".join(f"{x:.3f} {y:.3f} {'l' if at else 'm'}\n" for at, (x, y) in enumerate(line))


def _stroke(tint: str, thick: float) -> str:
    return f"{_tint(tint)} RG {thick:g} w\n"


def _tint(tint: str) -> str:
    return " ".join(f"{value / 255:.3f}" for value in colour(tint))


def _word(word: Word, style: Style) -> str:
    wide = sum(_WIDE.get(letter, 722) for letter in word.text) / 1000 * word.size if word.end else 0.0
    text = word.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    place = f"1 0 0 -1 {word.x - wide:.3f} {word.y:.3f} Tm"
    font = f"/{'F2' if word.bold else 'F1'} {word.size:g} Tf"
    return f"BT {_tint(word.colour or style.ink)} rg {font} {place} ({text}) Tj ET\n"
