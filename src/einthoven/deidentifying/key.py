"""Key: the site's secret, kept outside of everything that is shared."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from einthoven.errors import ConfigError
from einthoven.files import storing

__all__ = ["VARIABLE", "site_key"]

VARIABLE = "EINTHOVEN_KEY"
"""The environment variable that holds the secret where there is no home folder, e.g. in a container."""


def site_key(*, apart_from: str | Path | None = None) -> bytes:
    """Return the secret that patients' keyed ids are made with; made on first use.

    It comes from the variable EINTHOVEN_KEY, else from `einthoven/key` in the user's configuration folder
    (XDG_CONFIG_HOME, else ~/.config), which only the user may read. Whoever holds it can tell whether a
    known patient is in an archive, so it never lies within one.

    Args:
        apart_from: a folder that will be shared (an archive); a key inside it is refused.

    Raises:
        ConfigError: the secret is shorter than 16 bytes, others may read its file, it lies in `apart_from`, or it
            cannot be written.
        StorageError: the disk is full or read-only.

    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, {"EINTHOVEN_KEY": "a secret of some length"}):
    ...     site_key()
    b'a secret of some length'
    """
    told = os.environ.get(VARIABLE)
    if told:
        return _long_enough(told.encode(), f"the variable {VARIABLE}")
    path = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "einthoven" / "key"
    if apart_from is not None and path.resolve().is_relative_to(Path(apart_from).resolve()):
        raise ConfigError(
            "the key of an archive lies outside of it",
            came=f"{path} is inside {apart_from}",
            instead=f"Point XDG_CONFIG_HOME elsewhere, or give the secret in {VARIABLE}.",
            see="docs/archive.md",
        )
    if not path.exists():
        _make(path)
    _refuse_open(path)
    return _long_enough(path.read_bytes().strip(), str(path))


def _make(path: Path) -> None:
    """Write a new secret; of two processes at once, one wins and both then read the same."""
    draft = path.with_name(f".key.{os.getpid()}.{secrets.token_hex(4)}")
    with storing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        except PermissionError as error:
            raise ConfigError(
                "the site key is kept in the user's configuration folder",
                came=f"{path} cannot be written",
                instead=f"Set the secret in {VARIABLE}, e.g. to the output of: openssl rand -hex 32",
                see="docs/archive.md",
            ) from error
        finally:
            draft.unlink(missing_ok=True)


def _refuse_open(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigError(
            "nobody but its owner may read the site key",
            came=f"{path} can be read by others",
            instead=f"Run: chmod 600 {path}",
            see="docs/archive.md",
        )


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < 16:
        raise ConfigError(
            "a site key has at least 16 bytes",
            came=f"{where} holds {len(key)}",
            instead="Use a longer secret, e.g. the output of: openssl rand -hex 32",
            see="docs/archive.md",
        )
    return key
