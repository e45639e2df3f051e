"""Person: a patient's identifier becomes a keyed id, and leaves the texts it was written into."""

from __future__ import annotations

import hmac
import re

from einthoven.errors import ConfigError

__all__ = ["pseudonym", "without_patient"]

SHORTEST_KEY = 16
"""Bytes. A shorter key could be found by trying all."""

SHORTEST_NAME = 4
"""Characters. A shorter identifier is also an ordinary number in a report ("7"), and hides nobody."""


def pseudonym(patient: str, key: bytes) -> str:
    """Return the patient's keyed id: the same for the same patient and key, and no way back without the key.

    A plain hash would not do: record numbers are few enough to hash them all and look one up.

    Args:
        patient: the identifier as the source has it.
        key: the site's secret (`site_key`), at least 16 bytes.

    Returns:
        32 hexadecimal digits: the first 128 bits of HMAC-SHA256.

    Raises:
        ConfigError: the key is shorter than 16 bytes.

    >>> pseudonym("17", b"only an example!") == pseudonym("17", b"only an example!")
    True
    >>> pseudonym("17", b"only an example!") == pseudonym("17", b"another example!")
    False

    Source: HMAC, RFC 2104; keyed ids, NIST SP 800-188, section 4.3.
    """
    if len(key) < SHORTEST_KEY:
        raise ConfigError(
            f"a site key has at least {SHORTEST_KEY} bytes",
            came=f"{len(key)} bytes came",
            instead="Use einthoven.deidentifying.site_key(), or set EINTHOVEN_KEY to a longer secret.",
            see="docs/archive.md",
        )
    return hmac.digest(key, f"einthoven patient {patient}".encode(errors="surrogatepass"), "sha256").hex()[:32]


def without_patient(text: str, patient: str | None) -> str:
    """Return `text` with the patient's own identifier replaced by "[patient]".

    Only whole words are replaced, and only identifiers of 4 characters and more: "7" is also a lead or a rate.

    >>> without_patient("MRN-0042: sinus rhythm", "MRN-0042")
    '[patient]: sinus rhythm'
    """
    if patient is None or len(patient) < SHORTEST_NAME or patient.lower() not in text.lower():
        return text
    return re.sub(rf"(?<!\w){re.escape(patient)}(?!\w)", "[patient]", text, flags=re.IGNORECASE)
