"""The report page: one self-contained HTML file, no script, nothing fetched."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from einthoven.cleaning import clean
from einthoven.drawing import draw
from einthoven.evaluating import Result, Results
from einthoven.indexing import Hit
from einthoven.recording import Recording

__all__ = ["cases", "page", "section", "table"]

SHOWN_FS = 125.0
"""Rate at which cases are drawn on the page, Hz: enough for the eye at 25 mm/s, a quarter of the bytes."""


def page(*, subtitle: str, banner: str, sections: Sequence[str], footer: str) -> str:
    """Return the whole page."""
    template = Template(files("einthoven.demonstrating").joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        subtitle=escape(subtitle), banner=escape(banner), body="\n".join(sections), footer=escape(footer)
    )


def section(title: str, *parts: str, words: str = "") -> str:
    """Return a section with a heading, a sentence and its parts (HTML)."""
    said = f"<p>{escape(words)}</p>" if words else ""
    return f"<section><h2>{escape(title)}</h2>{said}{''.join(parts)}</section>"


def cases(query: str, hits: Sequence[Hit], *, recording: Recording | None = None) -> str:
    """Return the query beside its nearest cases, each drawn, with similarity and report."""
    asked = "" if recording is None else _figure(recording, f"<strong>The query.</strong> {escape(query)}")
    found = "".join(_figure(hit.recording, _caption(rank, hit)) for rank, hit in enumerate(hits, 1))
    heading = f"<h3>{escape(query)}</h3>" if recording is None else ""
    return f'{heading}<div class="pair">{asked}{found}</div>'


def table(results: Results, *, metric: str = "AUROC") -> str:
    """Return one metric of an evaluation: a row a subject, a column a target, intervals in every cell."""
    rows = results.find(metric=metric).rows
    targets = list(dict.fromkeys(row.target for row in rows))
    lines = list(dict.fromkeys((row.protocol, row.subject, row.detail) for row in rows))
    cells = {(row.protocol, row.subject, row.detail, row.target): row for row in rows}
    head = "".join(f"<th>{escape(name)}{_positives(rows, name)}</th>" for name in targets)
    body = "".join(
        f"<tr><th>{escape(subject)}</th><td>{escape(' '.join((protocol, detail)).strip())}</td>"
        + "".join(f"<td>{_cell(cells.get((protocol, subject, detail, name)))}</td>" for name in targets)
        + "</tr>"
        for protocol, subject, detail in lines
    )
    numbers = f"{metric}, n={rows[0].n}, seed {rows[0].seed}, 95 % intervals by patient" if rows else ""
    notes = "".join(f"<li>{escape(note)}</li>" for note in results.notes)
    return (
        f"<h3>{escape(results.cohort)}</h3><p class='quiet'>{escape(numbers)}</p><div class='scroll'>"
        f"<table><thead><tr><th>subject</th><th>protocol</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"<ul class='quiet'>{notes}</ul>"
    )


def _figure(recording: Recording, caption: str) -> str:
    small = clean(recording, fs=SHOWN_FS) if recording.fs > SHOWN_FS else recording
    svg = base64.b64encode(draw(small).encode()).decode()
    alt = f"{len(recording.leads)}-lead ECG on paper" + (", synthetic" if recording.synthetic else "")
    return f'<figure><img alt="{alt}" src="data:image/svg+xml;base64,{svg}"><figcaption>{caption}</figcaption></figure>'


def _caption(rank: int, hit: Hit) -> str:
    made = "SYNTHETIC " if hit.synthetic else ""
    return (
        f'<span class="score">{rank}. similarity {hit.score:.3f}</span> {made}{escape(hit.id)}<br>'
        f"{escape(hit.report or 'no report')}"
    )


def _cell(row: Result | None) -> str:
    if row is None:
        return ""
    spread = "" if math.isnan(row.low) else f' <span class="quiet">[{row.low:.3f}, {row.high:.3f}]</span>'
    return f"{row.value:.3f}{spread}"


def _positives(rows: Sequence[Result], target: str) -> str:
    known = {row.positives for row in rows if row.target == target and row.positives is not None}
    return f"<br><span class='quiet'>{known.pop()} positives</span>" if known else ""
