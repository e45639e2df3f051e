"""Where: which studies a search may find."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date as day
from datetime import datetime, timedelta
from typing import Any

from einthoven.errors import ConfigError, did_you_mean
from einthoven.indexing.entry import plain
from einthoven.study import Sex

__all__ = ["Where", "where_from"]

Bound = datetime | day | str | None


@dataclass(frozen=True)
class Where:
    """Which studies a search may find. What is unknown of a study fits no condition on it.

    Args:
        age: (youngest, oldest) in years, both included, None for open. Everyone above 89 is 90 in an archive.
        sex: "female" or "male".
        labels_any: at least one of these codes.
        labels_all: all of these codes.
        date: (first, last), both included, None for open; ISO text is read, and a day means the whole day.
        cohort: the name of a cohort, or several.
        synthetic: only simulated studies (True) or only measured ones (False).

    Raises:
        ConfigError: a range is no pair or runs backwards, or a date cannot be read.

    >>> Where(age=(40, None), labels_any="AFIB")
    Where(age=(40.0, None), sex=None, labels_any=('AFIB',), labels_all=(), date=None, cohort=(), synthetic=None)
    """

    age: tuple[float | None, float | None] | None = None
    sex: Sex | None = None
    labels_any: Collection[str] | str = ()
    labels_all: Collection[str] | str = ()
    date: tuple[Bound, Bound] | None = None
    cohort: Collection[str] | str = ()
    synthetic: bool | None = None

    def __post_init__(self) -> None:
        for name in ("labels_any", "labels_all", "cohort"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(sorted(value)))
        if self.age is not None:
            low, high = _pair("age", self.age)
            age = (None if low is None else float(low), None if high is None else float(high))
            object.__setattr__(self, "age", _forward("age", age))
        if self.date is not None:
            first, last = _pair("date", self.date)
            object.__setattr__(self, "date", _forward("date", (_moment(first), _moment(last, whole_day=True))))
        if self.sex not in (None, "female", "male"):
            raise _refused('sex is "female" or "male"', f"sex={self.sex!r} came", "Leave it out for both.")

    def sql(self) -> str:
        """Return the condition as LanceDB reads it; "" when everything fits.

        >>> Where(sex="female", age=(None, 50)).sql()
        "age <= 50.0 AND sex = 'female'"
        """
        return " AND ".join(self._conditions())

    def _conditions(self) -> Iterator[str]:
        for name, bounds in (("age", self.age), ("date", self.date)):
            for sign, bound in zip((">=", "<="), bounds or (), strict=False):
                if bound is not None:
                    yield f"{name} {sign} {_literal(bound)}"
        if self.sex is not None:
            yield f"sex = {_literal(self.sex)}"
        for function, codes in (("array_has_any", self.labels_any), ("array_has_all", self.labels_all)):
            if codes:
                yield f"{function}(codes, [{', '.join(map(_literal, codes))}])"
        if self.cohort:
            yield f"cohort IN ({', '.join(map(_literal, self.cohort))})"
        if self.synthetic is not None:
            yield "synthetic" if self.synthetic else "NOT synthetic"


def where_from(given: Where | Mapping[str, Any] | None) -> Where:
    """Return a Where from one, from a mapping of its fields (as JSON brings it), or from nothing.

    Raises:
        ConfigError: a key is no field.

    >>> where_from({"age": [40, 60]}).age
    (40.0, 60.0)
    """
    if isinstance(given, Where):
        return given
    known = [field.name for field in fields(Where)]
    for name in given or {}:
        if name not in known:
            raise _refused("a search is narrowed by what is known", f"{name!r} came", did_you_mean(name, known))
    return Where(**(given or {}))


def _literal(value: object) -> str:
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(' ')}'"
    return repr(value) if isinstance(value, float) else "'" + str(value).replace("'", "''") + "'"


def _moment(bound: Bound, *, whole_day: bool = False) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return plain(bound)
    try:
        moment = datetime.fromisoformat(str(bound))
    except ValueError as error:
        text = "a date is a datetime or ISO text"
        raise _refused(text, f"{bound!r} came", "Write e.g. date=('2019-01-01', '2019-12-31').") from error
    only_day = len(str(bound)) <= len("2019-01-01")
    return plain(moment + timedelta(days=1, microseconds=-1) if whole_day and only_day else moment)


def _pair(name: str, value: Any) -> tuple[Any, Any]:
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        raise _refused(f"{name} is a pair (from, to)", f"{value!r} came", "Use None for an open end.")
    low, high = value
    return low, high


def _forward(name: str, pair: tuple[Any, Any]) -> tuple[Any, Any]:
    low, high = pair
    if low is not None and high is not None and low > high:
        raise _refused(f"{name} runs from the smaller to the larger", f"{low} to {high} came", "Swap them.")
    return pair


def _refused(rule: str, came: str, instead: str) -> ConfigError:
    return ConfigError(rule, came=came, instead=instead, see="docs/archive.md")
