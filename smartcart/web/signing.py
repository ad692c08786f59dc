"""Signatures of the shop's own: what it has sent out and gets back is what it was, for what it was meant.

A secret key can be changed while something is on its way: what the one before has signed is still believed, for as long
as the settings name it. New signatures are made with the new one alone.
"""

import hmac
from hashlib import sha256
from typing import Any

from flask import Flask, current_app
from itsdangerous import Signer
from itsdangerous.signer import HMACAlgorithm

# Half of SHA-256, the least that RFC 2104, section 5, has a signature cut down to, in bytes. It makes 22 characters of
# an address, and the last of them is always a letter, which no mail program takes for the end of a sentence.
LENGTH = 16


class ShortHMAC(HMACAlgorithm):
    """HMAC-SHA-256-128, as RFC 4868 has it."""

    def __init__(self) -> None:
        super().__init__(sha256)

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return super().get_signature(key, value)[:LENGTH]


def keys(app: Flask) -> list[str]:
    """The secret keys that are believed, the one that signs last."""
    configured: dict[str, Any] = app.config
    return [*(configured["SECRET_KEY_FALLBACKS"] or []), configured["SECRET_KEY"]]


def signature(purpose: str, text: str) -> str:
    """The signature of a text, in 22 characters that stand in an address as they are (RFC 4648 §5).

    `purpose` is what it is for: a text that was signed for anything else has another one.
    """
    return _signature(keys(current_app)[-1], purpose, text).decode()


def is_signed(purpose: str, text: str, by: str) -> bool:
    """Whether `by` is the signature of a text for that purpose, to the letter, made with a key that is believed.

    It is compared as it is written: decoded, four ways of writing its last letter would be the same.
    """
    made = [_signature(key, purpose, text) for key in keys(current_app)]
    return any(hmac.compare_digest(each, by.encode()) for each in made)


def _signature(key: str, purpose: str, text: str) -> bytes:
    signer = Signer(key, purpose, key_derivation="hmac", digest_method=sha256, algorithm=ShortHMAC())
    return signer.get_signature(text)
