"""Deidentifying: what may leave the hospital. Keyed ids for patients, no age that names a person."""

from __future__ import annotations

from einthoven.deidentifying.age import OLDEST, released_age
from einthoven.deidentifying.key import site_key
from einthoven.deidentifying.person import pseudonym, without_patient

__all__ = ["OLDEST", "pseudonym", "released_age", "site_key", "without_patient"]
