"""Docs run: their programs are programs, their pages exist, what is generated is fresh."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import einthoven

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def programs(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def example(name: str) -> ModuleType:
    spec = spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_five_programs_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = programs(ROOT / "README.md")
    assert len(found) == 5
    for program in found:
        exec(compile(program, "README.md", "exec"), {"__name__": "readme"})
    assert (tmp_path / "patient.svg").is_file()


@pytest.mark.parametrize("page", [page for page in PAGES if programs(page)], ids=lambda page: page.name)
def test_the_programs_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "docs"}
    for program in programs(page):
        exec(compile(program, page.name, "exec"), space)


def test_every_page_that_an_error_points_to_exists() -> None:
    wanted = {name for path in SOURCES for name in re.findall(r'"(docs/[\w/-]+\.md)', path.read_text())}
    assert wanted
    assert sorted(name for name in wanted if not (ROOT / name).is_file()) == []


def test_every_link_within_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())]
    dead = [f"{page.name}: {link}" for page, link in links if "://" not in link and not (page.parent / link).exists()]
    assert not dead


def test_the_page_of_the_command_line_is_fresh() -> None:
    command = [sys.executable, "-m", "typer", str(ROOT / "src/einthoven/cli/program.py"), "utils", "docs"]
    options = ["--name", "einthoven", "--title", "The command line"]
    made = subprocess.run([*command, *options], capture_output=True, text=True, check=True).stdout
    assert made.strip() == (ROOT / "docs/cli.md").read_text().strip(), "run scripts/docs"


def test_the_examples_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pydicom import examples

    example("read_and_draw").main(str(examples.get_path("waveform")), str(tmp_path / "page.svg"))
    assert (tmp_path / "page.svg").read_text().startswith("<svg")
    assert [path.suffix for path in example("draw_pages").main(str(tmp_path / "pages"), number=2)] == [".jpg"] * 4
    example("pretrain").main(str(tmp_path / "model"), patients=120, epochs=1)
    hits = example("search").main(str(tmp_path / "model"), str(tmp_path / "a.archive"), "atrial flutter", patients=30)
    assert len(hits) == 5
    assert hits[0] in capsys.readouterr().out


def test_nothing_in_the_docs_names_a_room_that_is_not_there() -> None:
    for page in PAGES:
        for name in re.findall(r"`einthoven\.(\w+)\.\w+`", page.read_text()):
            assert import_module(f"einthoven.{name}")


def test_the_version_is_the_same_everywhere() -> None:
    assert f"version: {einthoven.__version__}" in (ROOT / "CITATION.cff").read_text()
