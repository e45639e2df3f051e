"""Knock-outs: what makes these ECGs like real ones, each of which can be left out to see what it brings.

They stand for ten improvements over a simple simulator (one textbook beat a disease, a quiet amplifier). Leaving one
out gives that simulator's way of doing it, all else unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["KNOCKOUTS", "SIMPLE_FINDINGS"]

KNOCKOUTS: Mapping[str, str] = {
    "progression": "R grows from V1 to V5 as in normals; out: main vector 30 degrees further back, Dower's own leads",
    "t vector": "T axis about 41 degrees and flat T in V1, widely spread; out: axis 77, T upright in V1, narrow spread",
    "infarcts": "many sizes, three ages, T away from the dead wall; out: one large old infarct a wall, T unchanged",
    "findings": "all findings; out: only those of a simple simulator (SIMPLE_FINDINGS)",
    "st-t": "ST and T changes as a graded family; out: one severity of ST depression, T left alone",
    "drawn labels": "codes decided from the drawn signal, with doubt; out: codes are the latent findings",
    "conduction times": "PR up to 340 ms, f waves of every rate and size; out: long PR 202-248 ms, f waves alike",
    "qrs shape": "sharp core, slow ends, splinters, each QRS its own, blocks of every size; out: blunt and alike",
    "noise": "heavy-tailed noise, drift, hum, faults of electrodes and devices; out: a little of everything",
    "population": "ages 17-95, diseases that keep company; out: ages 45-82, diseases independent",
}
"""Name -> what is there with it, and what without."""

SIMPLE_FINDINGS = frozenset({
    "dcm", "hcm", "lvh", "rv_overload", "la_large", "afib", "fast_sinus", "slow_sinus", "lbbb", "rbbb", "lafb",
    "long_pr", "anterior_infarct", "inferior_infarct", "lateral_infarct", "diffuse_ischaemia",
    "anterolateral_ischaemia", "inferior_ischaemia",
})  # fmt: skip
"""Rows of findings.toml that a simple simulator has."""
