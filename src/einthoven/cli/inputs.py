"""What the words of a command name: files, folders, cohorts and settings, opened."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from einthoven.errors import ConfigError

if TYPE_CHECKING:
    from einthoven.encoding import Model
    from einthoven.gathering import Cohort

__all__ = ["device_named", "gather_cohort", "open_file", "open_model", "read_settings"]


def open_file(file: str) -> str | BinaryIO:
    """Return the path, or the bytes of stdin where it is -."""
    return io.BytesIO(sys.stdin.buffer.read()) if file == "-" else file


def open_model(folder: str | Path) -> Model:
    """Return the model of a folder."""
    import einthoven as ein

    return ein.load(folder)


def device_named(name: str) -> str | None:
    """Return the device, or None where Einthoven shall choose."""
    return None if name == "auto" else name


def gather_cohort(name: str, root: Path | None, settings: list[str] | None, **options: Any) -> Cohort:
    """Return the cohort, with the options that were set; an option that is False is not told."""
    import einthoven as ein

    options |= read_settings(settings, "a cohort's option", "--set n=4000", see="docs/gathering.md")
    return ein.gather(name, root, **{key: value for key, value in options.items() if value is not False})


def read_settings(settings: list[str] | None, what: str, example: str, *, see: str) -> dict[str, Any]:
    """Return what was set as name=value; a value is read as JSON where it is JSON."""
    told = {}
    for setting in settings or []:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(
                f"{what} is written name=value",
                came=f"{example.split(maxsplit=1)[0]} {setting}",
                instead=f"Write for example {example}.",
                see=see,
            )
        told[key.strip().replace("-", "_")] = _value(value.strip())
    return told


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
