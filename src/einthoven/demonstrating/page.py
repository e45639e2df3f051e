"""The report page: one self-contained HTML file, no script, nothing fetched."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files
from string import Template

from einthoven.cleaning import clean
from einthoven.drawing import draw
from einthoven.evaluating import Result, Results
from einthoven.indexing import Hit
from einthoven.recording import Recording

__all__ = ["by_class", "by_metric", "by_subject", "cases", "page", "section"]

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


def by_class(results: Results, *, metric: str = "AUROC") -> str:
    """Return one metric of an evaluation: a row a subject, a column a class, intervals in every cell."""
    rows = results.find(metric=metric).rows
    known = _positives(rows)
    return _table(
        results,
        rows,
        down=lambda row: (row.subject, f"{row.protocol} {row.detail}".strip()),
        across=lambda row: f"{row.target} {known.get(row.target, '')}".strip(),
        what=metric,
    )


def by_metric(results: Results, metrics: Sequence[str]) -> str:
    """Return several metrics of an evaluation: a row a subject and what it was asked, a column a metric."""
    rows = [row for row in results if row.metric in metrics]
    return _table(
        results, rows, down=lambda row: (row.subject, row.target), across=lambda row: row.metric, what=rows[0].detail
    )


def by_subject(results: Results, *, metric: str) -> str:
    """Return one metric of an evaluation: a row a class, a column a subject."""
    rows = results.find(metric=metric).rows
    known = _positives(rows)
    return _table(
        results,
        rows,
        down=lambda row: (row.target, known.get(row.target, "")),
        across=lambda row: row.subject,
        what=f"{metric}, {rows[0].detail}",
    )


def _table(
    results: Results,
    rows: Sequence[Result],
    *,
    down: Callable[[Result], tuple[str, str]],
    across: Callable[[Result], str],
    what: str,
) -> str:
    columns = list(dict.fromkeys(map(across, rows)))
    cells = {(down(row), across(row)): row for row in rows}
    head = "".join(f"<th>{escape(column)}</th>" for column in ("", "", *columns))
    body = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(detail)}</td>"
        + "".join(f"<td>{_cell(cells.get(((name, detail), column)))}</td>" for column in columns)
        + "</tr>"
        for name, detail in dict.fromkeys(map(down, rows))
    )
    spread = ", 95 % intervals by patient" if any(not math.isnan(row.low) for row in rows) else ""
    told = f"{what}; n={rows[0].n}, seed {rows[0].seed}{spread}"
    notes = "".join(f"<li>{escape(note)}</li>" for note in results.notes)
    return (
        f"<h3>{escape(results.cohort)}</h3><p class='quiet'>{escape(told)}</p><div class='scroll'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div><ul class='quiet'>{notes}</ul>"
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


def _positives(rows: Sequence[Result]) -> dict[str, str]:
    return {row.target: f"({row.positives} positives)" for row in rows if row.positives is not None}
