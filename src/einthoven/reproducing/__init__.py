"""Papers' numbers beside ours. The verb is `reproduce`; rows are data, one file a paper."""

from __future__ import annotations

from pathlib import Path

from einthoven.encoding import Model
from einthoven.errors import ConfigError, EinthovenError
from einthoven.reproducing.bench import Bench
from einthoven.reproducing.comparison import Comparison, Comparisons
from einthoven.reproducing.row import PAPERS, Part, Row, rows_of

__all__ = ["PAPERS", "Bench", "Comparison", "Comparisons", "Part", "Row", "reproduce", "rows_of"]


def reproduce(
    name: str = "",
    model: Model | None = None,
    *,
    data: str | Path | None = None,
    recipe: str | None = None,
    out: str | Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
) -> Comparisons:
    """Run the rows of a paper and put our numbers beside its own; without `data`, list them.

    Args:
        name: a row ("melp/zero-shot/super"), a kind ("melp/zero-shot"), a paper ("melp"), or "" for all.
        model: whose numbers are compared. None pretrains one on `data`/mimic-iv-ecg by the paper's recipe.
        data: the folder that holds the sets, each under its source's name: ptb-xl, cpsc2018, csn, code-test,
            mimic-iv-ecg. Published splits lie in splits/cpsc2018 and splits/csn, as a table or a folder of tables.
        recipe: for pretraining, instead of the paper's.
        out: where that model is saved.
        epochs: of that pretraining, instead of the recipe's.
        seed: of everything random.

    Returns:
        A Comparison a row. Of several rows, one whose set is not there stays without a number, and its notes say which
        path was looked for.

    Raises:
        ConfigError: no row has the name, or a model is to be pretrained and `out` is not told.
        CohortError: the one row that was asked for needs a set that is not there.

    >>> print(reproduce("merl/zero-shot/mean"))
    row                  paper  others  ours [95 % interval]  n  read in   needs below --data
    merl/zero-shot/mean  75.20  -       -                     -  abstract  ptb-xl, cpsc2018, csn
    ...
    """
    rows = rows_of(name)
    if data is None:
        return Comparisons([Comparison(row) for row in rows])
    folder = Path(data)
    if model is None:
        model = _pretrained(recipe or rows[0].recipe, folder, out=out, epochs=epochs, seed=seed)
    bench = Bench(model, folder, seed)
    if len(rows) == 1:
        return Comparisons([bench.run(rows[0])])
    return Comparisons([_tried(bench, row) for row in rows])


def _tried(bench: Bench, row: Row) -> Comparison:
    """Return the row with our number, or with the reason why there is none."""
    try:
        return bench.run(row)
    except EinthovenError as error:
        return Comparison(row, notes=(f"{row.name}: {error}",))


def _pretrained(recipe: str, data: Path, *, out: str | Path | None, epochs: int | None, seed: int) -> Model:
    from einthoven.gathering import gather
    from einthoven.pretraining import pretrain
    from einthoven.pretraining import recipe as named

    if out is None:
        raise ConfigError(
            "reproducing takes a model, or the folder to pretrain one into",
            came="neither model= nor out= came",
            instead="Pass --model FOLDER, or --output FOLDER to pretrain on mimic-iv-ecg in --data first.",
            see="docs/reproducing.md",
        )
    cohort = gather("mimic-iv-ecg", data / "mimic-iv-ecg")
    told = named(recipe)
    settings = {**told.settings, **({} if epochs is None else {"epochs": epochs}), "seed": seed}
    return pretrain(told.objective(seed=seed), cohort, out=out, **settings)
