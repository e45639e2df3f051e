"""Wording: a report without what is not about the heart, in one form. After Qiu et al., without their translator."""

from __future__ import annotations

import re

from einthoven.gathering.glossary import english

__all__ = ["cleaned", "without_stamp"]

_GAP = re.compile(r"\s{2,}")
_AFTER = re.compile(r"( edit:| compared with).*", re.DOTALL)
_UNCONFIRMED = re.compile(
    r"(?:\b4\.4?6?)?[\s.]*\b(?:unbe(?:s(?:t(?:ä|ae)?\w*)?)?|unconfirmed)\b(?:[\s.]+(?:beric\w*|ber\w*|report))?[\s.]*$"
)
_VERSION = re.compile(r"\s*\b4\.46\b[\s.]*$")
_EKG = re.compile(r"\bekg\b")
_LEADING = (
    "sinus rhythm", "sinus arrhythmia", "sinus bradycardia", "sinus tachycardia", "atrial fibrillation/flutter",
    "atrial fibrillation", "atrial flutter", "supraventricular arrhythmia",
)  # fmt: skip
_RHYTHM = re.compile(rf"((?:^|\. )(?:{'|'.join(map(re.escape, _LEADING))}))(?= (?!with )[a-z])")


def cleaned(report: str) -> str:
    """Return a report cleaned and in English.

    Lower case; wide gaps become full stops; what follows "edit:" or "compared with" is cut; the machine's
    "4.46 unbestätigter bericht" goes, also where the field cut it short; `english`; a comma after leading words about
    the rhythm; single spaces; one full stop at the end.

    >>> cleaned("sinusrhythmus linkstyp    inferiorer infarkt     alter unbest. 4.46       UNBESTÄTIGTER BERI")
    'sinus rhythm, left axis. inferior myocardial infarction. age undetermined.'
    >>> cleaned("Sinus rhythm.  Normal ECG.  Edit: NORM 100")
    'sinus rhythm. normal ecg.'

    Source: Qiu et al. 2023, the released clean-up. We differ: it translates with Google's service and then cleans;
    we clean, translate with the glossary, and clean again.
    """
    text = without_stamp(report)
    text = _EKG.sub("ecg", english(text))
    text = _RHYTHM.sub(r"\1,", text)
    text = re.sub(r"[\s.]*\.[\s.]*", ". ", re.sub(r"(?<=\d)\.(?=\d)", "\0", text)).replace("\0", ".")
    text = re.sub(r"\s+([,.])", r"\1", " ".join(text.split()))
    return f"{text.rstrip('. ,')}." if text.strip(". ,") else ""


def without_stamp(report: str) -> str:
    """Return a report in lower case, its gaps as full stops, without later edits and the machine's stamp.

    >>> without_stamp("Alter unbest. 4.46      UNBESTÄTIGTER BERICHT")
    'alter unbest'
    """
    text = _AFTER.sub("", _GAP.sub(". ", report.strip().lower()))
    whole = text.rstrip(" .").endswith("alter unbest")  # tells an age, and is no "unbestätigt"
    return _VERSION.sub("", text if whole else _UNCONFIRMED.sub("", text)).rstrip(". ")
