"""The main job from end to end, in the order of the house: simulate, pretrain, evaluate, index, search, report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from einthoven.demonstrating.charts import curves
from einthoven.demonstrating.page import by_class, by_metric, by_subject, cases, page, section
from einthoven.demonstrating.real import Judged, judged
from einthoven.demonstrating.story import Story, headline, learning, told
from einthoven.files import write_text

__all__ = ["Judged", "Shown", "Story", "demo"]

SENTENCES = ("inferior myocardial infarction", "complete left bundle branch block", "atrial fibrillation")
"""What the demo asks the archive in words."""
MARK = ".demo"
"""File that tells a demo's folder from any other."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a demo leaves behind.

    Args:
        report: the HTML page.
        headline: its main numbers, by name.
    """

    report: Path
    headline: dict[str, Any]


def demo(
    out: str | Path = "runs/demo",
    *,
    data: str | Path | None = None,
    patients: int = 8000,
    epochs: int | None = None,
    seed: int = 0,
    tell: Callable[[str], None] | None = None,
) -> Shown:
    """Simulate patients, pretrain on them, evaluate, index, search; write one self-contained HTML report.

    Everything it learns from is synthetic, and the report says so. The real ECG it searches with is the 12-lead
    example that ships inside pydicom.

    Args:
        out: folder for the model, the archive, the results and `report.html`.
        data: a folder of real ECGs in PTB-XL's layout; the model is then judged on them as well, and indexed
            with them.
        patients: how many are simulated, 10 or more.
        epochs: instead of the demo recipe's.
        seed: of patients, weights, order and bootstraps.
        tell: told a line at each step.

    Raises:
        EinthovenError: whatever a verb raises; what was finished is kept in `out`.

    >>> import einthoven as ein
    >>> ein.demo("runs/demo", patients=8000).report  # doctest: +SKIP
    PosixPath('runs/demo/report.html')
    """
    began = time.monotonic()
    out, say = Path(out), tell or _silent
    _fresh(out)
    story = told(out, patients=patients, epochs=epochs, seed=seed, say=say)
    real = judged(story, Path(data), out=out, seed=seed, say=say) if data is not None else None
    seconds = {"seconds": round(time.monotonic() - began, 1)}
    numbers = headline(story) | (real.headline() if real else {}) | seconds
    report = out / "report.html"
    write_text(report, _page(story, real, numbers))
    results = [*story.results, *(real.results if real else ())]
    write_text(out / "results.json", "[" + ",\n".join(one.to_json() for one in results) + "]\n")
    return Shown(report, numbers)


def _fresh(out: Path) -> None:
    """Remove what an earlier demo made in `out`, and nothing that another program put there."""
    if (out / MARK).is_file():
        for made in ("model", "archive"):
            shutil.rmtree(out / made, ignore_errors=True)
    write_text(out / MARK, "Made by einthoven demo; the next demo replaces model/ and archive/.\n")


def _silent(words: str) -> None:
    """Tell nobody."""


def _page(story: Story, real: Judged | None, numbers: dict[str, Any]) -> str:
    archive = real.archive if real else story.archive
    query = story.query
    sections = [
        section(
            "A real ECG, and the cases most like it",
            cases("The 12-lead DICOM example that ships inside pydicom.", archive.search(query, k=3), recording=query),
            words="The query is an ECG file. It is prepared as the encoder asks, embedded, and compared with every "
            "study of the archive; similarity is the cosine in the shared space, not a probability.",
        ),
        section(
            "Asked in words",
            *(cases(f"“{sentence}”", archive.search(sentence, k=2)) for sentence in SENTENCES),
            words="The same space holds reports, so a sentence finds ECGs.",
        ),
    ]
    zero_shot, probe, found, retrieved = story.results
    if real:
        sections.append(section("Judged on real ECGs", *map(by_class, real.results), words=real.words))
    sections += [
        section("Judged on held-out simulated patients", by_class(zero_shot), by_class(probe)),
        section(
            "Found by words, found by report",
            by_subject(found, metric="P@10"),
            by_metric(retrieved, ("R@1", "R@5", "R@10", "MRR", "MnR", "MdR")),
            words=f"P@10 is {numbers['search_p10_over_prevalence']:.1f} times the prevalence, over findings that 1 to "
            "20 % of the patients have.",
        ),
        section("How it learnt", curves(learning(story), across="optimiser step", up="loss")),
    ]
    trained = f"{len(story.cohort)} simulated patients, seed {story.seed}; {numbers['seconds']:.0f} s in all"
    return page(
        subtitle=f"The main job, shown: {trained}.",
        banner="SYNTHETIC: the model was trained on simulated patients, not on people"
        + (", and is judged here on real ECGs too." if real else ", and is judged on simulated patients."),
        sections=sections,
        footer="Einthoven is research software. Nothing on this page is a diagnosis or a clinical claim.",
    )
