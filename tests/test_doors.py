"""One verb, four doors: Python and the command line agree with one list, and the list is read once."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import click
import pytest
import typer
from typer.testing import CliRunner

import einthoven
from einthoven.cli import app

COMMANDS = typer.main.get_command(app)


def test_the_command_line_has_exactly_the_verbs() -> None:
    assert isinstance(COMMANDS, click.Group) or hasattr(COMMANDS, "commands")
    assert set(COMMANDS.commands) == set(einthoven.VERBS)  # type: ignore[attr-defined]


def test_the_public_list_is_sorted_and_every_name_opens() -> None:
    assert sorted(einthoven.__all__) == einthoven.__all__
    for name in einthoven.__all__:
        assert getattr(einthoven, name) is not None


@pytest.mark.parametrize("verb", einthoven.VERBS)
def test_a_verb_opens_twice_and_is_a_function(verb: str) -> None:
    assert getattr(einthoven, verb) is getattr(einthoven, verb)
    assert inspect.isfunction(getattr(einthoven, verb))


@pytest.mark.parametrize("noun", einthoven.NOUNS)
def test_a_noun_is_a_class(noun: str) -> None:
    assert inspect.isclass(getattr(einthoven, noun))


@pytest.mark.parametrize("verb", einthoven.VERBS)
def test_every_command_has_help_with_an_example(verb: str) -> None:
    shown = CliRunner().invoke(app, [verb, "--help"])
    assert shown.exit_code == 0
    assert f"einthoven {verb}" in shown.output


@pytest.mark.parametrize("verb", sorted(set(einthoven.VERBS) - {"draw"}))
def test_every_command_speaks_json(verb: str) -> None:
    parameters = [parameter.opts for parameter in COMMANDS.commands[verb].params]  # type: ignore[attr-defined]
    assert ["--json"] in parameters


@pytest.mark.parametrize("name", sorted({*einthoven.VERBS, *einthoven.NOUNS, *einthoven.MAKERS}))
def test_everything_public_is_documented(name: str) -> None:
    thing = getattr(import_module(f"einthoven.{einthoven._ROOMS[name]}"), name)
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        hints = [p for p in inspect.signature(thing).parameters.values() if p.annotation is inspect.Parameter.empty]
        assert not hints
        positional = [p for p in inspect.signature(thing).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
        assert len(positional) <= 3


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rea'"):
        _ = einthoven.rea  # type: ignore[attr-defined]


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom einthoven.cli import app\nfrom typer.testing import CliRunner\n"
        "CliRunner().invoke(app, ['--help'])\n"
        "print(sorted({'torch', 'scipy', 'lancedb', 'pyarrow', 'sklearn', 'pydicom', 'wfdb'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
