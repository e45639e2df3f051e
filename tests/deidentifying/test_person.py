"""A pseudonym is the HMAC of RFC 2104, and a patient's own identifier leaves the texts."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.deidentifying import pseudonym, released_age, without_patient
from einthoven.errors import ConfigError

KEYS = st.binary(min_size=16, max_size=80)


def by_hand(patient: str, key: bytes) -> str:
    """RFC 2104, written out: H(K ^ opad, H(K ^ ipad, text)) with blocks of 64 bytes."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + f"einthoven patient {patient}".encode()).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()[:32]


@given(st.text(), KEYS)
def test_a_pseudonym_is_the_hmac_written_out(patient: str, key: bytes) -> None:
    assert pseudonym(patient, key) == by_hand(patient, key)


@given(st.text(), st.text(), KEYS)
def test_other_patients_have_other_pseudonyms(one: str, two: str, key: bytes) -> None:
    assert (pseudonym(one, key) == pseudonym(two, key)) == (one == two)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"at least 16 bytes; 5 bytes came\. Use .*site_key"):
        pseudonym("17", b"short")


@pytest.mark.parametrize(
    ("text", "patient", "left"),
    [
        ("Patient 4711-A, AF", "4711-A", "Patient [patient], AF"),
        ("mrn0042 / MRN0042", "MRN0042", "[patient] / [patient]"),
        ("14711 beats", "4711", "14711 beats"),
        ("aVL and 7", "7", "aVL and 7"),
        ("a+b*c? (x)", "b*c?", "a+[patient] (x)"),
        ("sinus rhythm", None, "sinus rhythm"),
    ],
)
def test_the_patients_identifier_leaves_a_text(text: str, patient: str | None, left: str) -> None:
    assert without_patient(text, patient) == left


@given(st.floats(0, 130))
def test_ages_above_89_are_one(age: float) -> None:
    assert released_age(age) == (90 if age > 89 else age)
