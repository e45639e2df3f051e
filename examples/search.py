"""Index a cohort and search it with a sentence: `python examples/search.py MODEL ARCHIVE "atrial flutter"`."""

from __future__ import annotations

import sys

import einthoven as ein


def main(model: str, archive: str, sentence: str, patients: int = 200) -> list[str]:
    """Print the nearest cases; return their ids."""
    cohort = ein.gather("simulated", n=patients, seed=1)
    hits = ein.index(ein.load(model), cohort, archive).search(sentence, k=5)
    for hit in hits:
        print(f"{hit.score:.3f}  {hit.id}  {hit.report}")
    return [hit.id for hit in hits]


if __name__ == "__main__":
    main(*sys.argv[1:4])
