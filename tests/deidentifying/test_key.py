"""The site key is secret, stays the same, and lies outside of what is shared."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from einthoven.deidentifying import site_key
from einthoven.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("EINTHOVEN_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "einthoven"


def test_a_key_is_made_once_and_only_its_owner_may_read_it(home: Path) -> None:
    key = site_key()
    assert len(key) == 64
    assert site_key() == key
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["key"]


def test_two_sites_have_two_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = site_key()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "other"))
    assert site_key() != one


def test_of_many_at_once_all_get_the_same_key(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: site_key(), range(8)))
    assert len(keys) == 1
    assert [path.name for path in home.iterdir()] == ["key"]


def test_without_the_variable_of_xdg_the_key_is_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    site_key()
    assert (tmp_path / "home" / ".config" / "einthoven" / "key").is_file()


def test_the_variable_goes_first_and_no_file_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINTHOVEN_KEY", "sixteen letters!")
    assert site_key() == b"sixteen letters!"
    assert not home.exists()


def test_a_short_key_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINTHOVEN_KEY", "short")
    with pytest.raises(ConfigError, match=r"at least 16 bytes; the variable EINTHOVEN_KEY holds 5\. Use a longer"):
        site_key()
    monkeypatch.delenv("EINTHOVEN_KEY")
    home.mkdir(parents=True)
    (home / "key").touch(0o600)
    with pytest.raises(ConfigError, match="key holds 0"):
        site_key()


def test_a_key_that_others_can_read_is_refused(home: Path) -> None:
    site_key()
    (home / "key").chmod(0o640)
    with pytest.raises(ConfigError, match=r"can be read by others\. Run: chmod 600 .*key"):
        site_key()


def test_a_key_inside_what_will_be_shared_is_refused(tmp_path: Path, home: Path) -> None:
    with pytest.raises(ConfigError, match=r"the key of an archive lies outside of it; .* is inside"):
        site_key(apart_from=tmp_path)
    assert not home.exists()
    assert site_key(apart_from=tmp_path / "archive")


def test_a_folder_that_refuses_the_key_names_the_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ConfigError, match=r"cannot be written\. Set the secret in EINTHOVEN_KEY"):
        site_key()
