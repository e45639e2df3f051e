"""A program that pretrains and is killed: `python killed.py OUT`. Run by test_resume."""

from __future__ import annotations

import sys

from waves import cohort_of, run

if __name__ == "__main__":
    run(cohort_of(), out=sys.argv[1])
