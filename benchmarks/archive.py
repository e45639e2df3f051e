"""The nearest of many vectors: exact below the threshold, approximate above, beside a plain matrix product."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common import alternate, claim, report
from einthoven.indexing import Archive, card, table
from einthoven.indexing.catalogue import Catalogue
from einthoven.indexing.entry import schema
from einthoven.indexing.query import unit

WIDTH, CENTRES, SPREAD = 256, 2000, 0.06
"""Vectors lie around centres, as embeddings do; without clusters no approximate index finds anything."""


def drawn(n: int, seed: int) -> NDArray[np.float32]:
    centres = np.random.default_rng(0).standard_normal((CENTRES, WIDTH), np.float32) / np.float32(np.sqrt(WIDTH))
    rng = np.random.default_rng([1, seed])
    noise = np.float32(SPREAD) * rng.standard_normal((n, WIDTH), np.float32)
    return unit(centres[rng.integers(0, CENTRES, n)] + noise)


def filled(path: Path, n: int) -> Archive:
    """Return an archive of n studies without samples."""
    rng = np.random.default_rng(2)
    ages, sexes = rng.integers(18, 90, n).tolist(), rng.choice(["female", "male"], n).tolist()
    path.mkdir()
    card.save(path, card.Card("0" * 64, "shared", "0" * 32))
    rows = table.connect(path).create_table(table.NAME, schema=schema(WIDTH))
    empty = dict.fromkeys(schema(WIDTH).names) | {"cohort": "drawn", "synthetic": True, "codes": ["SR"]}
    vectors = drawn(n, 0)
    for first in range(0, n, 50_000):
        part: list[dict[str, Any]] = [
            empty
            | {"key": f"drawn/{i}", "id": str(i), "patient": str(i // 2), "age": ages[i], "sex": sexes[i]}
            | {"vector": vectors[i]}
            for i in range(first, min(first + 50_000, n))
        ]
        rows.add(table.arrow(part, rows.schema))
    return Archive.open(path)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=100_000, help="of the exact search")
    parser.add_argument("--many", type=int, default=250_000, help="of the approximate search; 0 leaves it out")
    parser.add_argument("--quick", action="store_true", help="20,000 vectors, exact only")
    options = parser.parse_args(argv)
    n, many, rounds = (20_000, 0, 11) if options.quick else (options.vectors, options.many, 41)
    queries = drawn(rounds, 3)
    with tempfile.TemporaryDirectory() as folder:
        claims = exact(filled(Path(folder) / "exact", n), queries)
        if many:
            claims += approximate(filled(Path(folder) / "many", many), queries, many)
    return report(claims)


def hits(archive: Archive, query: NDArray[np.float32], **where: Any) -> list[str]:
    from einthoven.indexing import Where

    return [hit.id for hit in archive._hits(query, 10, Where(**where), own=None)]


def exact(archive: Archive, queries: NDArray[np.float32]) -> list[dict[str, Any]]:
    vectors, n, rounds = archive._catalogue.vectors, len(archive), len(queries)
    spent = alternate(
        {
            "ours": lambda turn: hits(archive, queries[turn]),
            "filtered": lambda turn: hits(archive, queries[turn], age=(40, 60), sex="female", labels_any="SR"),
            "product": lambda turn: vectors @ queries[turn],
        },
        rounds,
    )
    what, floor = f"archive: the 10 nearest of {n:,} x {WIDTH}", "vs a plain matrix product (the floor)"
    return [
        claim(f"{what}, exact, {floor}", "ms CPU", ours=spent["ours"], peer=spent["product"], n=rounds),
        claim(f"{what}, exact, 3 filters, {floor}", "ms CPU", ours=spent["filtered"], peer=spent["product"], n=rounds),
    ]


def approximate(archive: Archive, queries: NDArray[np.float32], many: int) -> list[dict[str, Any]]:
    table.save_index(archive._table, many)
    archive = Archive.open(archive.path, exact_below=0)
    truth = Archive.open(archive.path, exact_below=many)
    assert isinstance(truth._catalogue, Catalogue)
    claims = []
    for name, where in {"": {}, ", 1 of 4 fits a filter": {"age": (40, 57)}}.items():
        found = [len({*hits(archive, query, **where)} & {*hits(truth, query, **where)}) / 10 for query in queries]
        spent = alternate(
            {
                "ours": lambda turn, where=where: hits(archive, queries[turn], **where),
                "exact": lambda turn, where=where: hits(truth, queries[turn], **where),
            },
            len(queries),
        )
        what = f"archive: the 10 nearest of {many:,} x {WIDTH}, approximate{name}"
        recall = float(np.mean(found))
        claims += [
            claim(f"{what}, recall", "of exact", ours=recall, peer=1.0, ratio=recall, n=len(queries)),
            claim(f"{what} vs exact", "ms CPU", ours=spent["ours"], peer=spent["exact"], n=len(queries)),
        ]
    return claims


if __name__ == "__main__":
    raise SystemExit(main())
