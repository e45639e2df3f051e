"""Simulating: seed to Study. Every product of this room says that it is synthetic; none describes a real patient."""

from __future__ import annotations

from einthoven.simulating.ecg import ecgs
from einthoven.simulating.knockouts import KNOCKOUTS
from einthoven.simulating.labels import KNOWN, findings
from einthoven.simulating.patients import drawn, simulate
from einthoven.simulating.sites import sites
from einthoven.simulating.state import Dials

__all__ = ["KNOCKOUTS", "KNOWN", "Dials", "drawn", "ecgs", "findings", "simulate", "sites"]
