"""Cleaning: Recording to Recording. Gaps, leads, rate, baseline, band and mains, in the usual order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from einthoven.cleaning.preparation import Preparation, Prepared
from einthoven.recording import Recording

__all__ = ["Preparation", "Prepared", "clean"]
