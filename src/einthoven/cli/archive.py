"""The commands of an archive: index, search."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einthoven.cli.inputs import gather_cohort, open_file, open_model
from einthoven.cli.options import CohortName, Json, ModelFolder, Root, Settings
from einthoven.cli.outputs import say

if TYPE_CHECKING:
    from einthoven.indexing import Hit
    from einthoven.recording import Recording

__all__ = ["index", "search"]


def index(
    model: ModelFolder,
    cohort: CohortName,
    archive: Annotated[Path, typer.Argument(help="Folder of the archive; it grows when it is there already.")],
    *,
    root: Root = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Put a cohort into an archive that can be searched.

    Example: `einthoven index runs/demo ptb-xl ptbxl.archive --root data/ptb-xl`
    """
    import einthoven as ein

    made = ein.index(open_model(model), gather_cohort(cohort, root, settings), archive)
    say({"archive": str(archive), "studies": len(made), **(asdict(made.indexed) if made.indexed else {})}, as_json)


def search(
    archive: Annotated[Path, typer.Argument(help="Folder of an archive.")],
    query: Annotated[str, typer.Argument(help="A sentence, an ECG file, or id:STUDY of a stored one; - is stdin.")],
    *,
    model: Annotated[Path | None, typer.Option(help="Folder of the model that made the archive.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many cases.")] = 10,
    age: Annotated[tuple[float, float] | None, typer.Option(help="Youngest and oldest, in years.")] = None,
    sex: Annotated[str | None, typer.Option(help="female or male.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="SCP code the cases must carry; all that are given.")] = None,
    since: Annotated[str | None, typer.Option(help="First day, e.g. 2020-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    same_patient: Annotated[bool, typer.Option("--same-patient", help="Keep the query's own patient.")] = False,
    as_json: Json = False,
) -> None:
    """Find the documented cases most like an ECG or a sentence.

    Example: `einthoven search ptbxl.archive "atrial flutter" --model runs/demo -k 5`
    """
    import einthoven as ein

    opened = ein.Archive.open(archive, None if model is None else open_model(model))
    asked = {"id": query.removeprefix("id:")} if query.startswith("id:") else {"query": _query(query)}
    wanted: dict[str, Any] = {"age": age, "sex": sex, "labels_all": tuple(label or ()), "date": (since, until)}
    where = {name: value for name, value in wanted.items() if value not in (None, (), (None, None))}
    _say_hits(opened.search(**asked, k=k, where=where, same_patient=same_patient), as_json)


def _query(query: str) -> str | Recording:
    import einthoven as ein

    return ein.read(open_file(query)) if query == "-" else query


def _say_hits(hits: Iterable[Hit], as_json: bool) -> None:
    rows = [_hit(hit) for hit in hits]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for rank, row in enumerate(rows, 1):
        made = "SYNTHETIC " if row["synthetic"] else ""
        typer.echo(f"{rank:3}  {row['score']:.3f}  {made}{row['id']}  {row['report'] or ''}")


def _hit(hit: Hit) -> dict[str, Any]:
    named = ("id", "score", "report", "age", "sex", "cohort", "synthetic")
    labels = None if hit.labels is None else dict(hit.labels)
    date = None if hit.date is None else hit.date.isoformat()
    return {**{name: getattr(hit, name) for name in named}, "labels": labels, "date": date}
