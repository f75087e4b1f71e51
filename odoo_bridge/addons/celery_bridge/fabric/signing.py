"""Signatures of Standard Webhooks, which any receiver can check with a library of its language.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import binascii
import hmac
import os
from base64 import b64decode, b64encode

PREFIX = "whsec_"
SIZES = range(24, 65)
"""Bytes of a secret."""


def make_secret():
    """A new one: ``whsec_`` and base64."""
    return PREFIX + b64encode(os.urandom(32)).decode()


def is_secret(text):
    """Whether it has the form that the specification asks for."""
    if not text.startswith(PREFIX):
        return False
    try:
        return len(_key(text)) in SIZES
    except (binascii.Error, ValueError):
        return False


def signature(secrets, message_id, timestamp, body):
    """What the header ``webhook-signature`` says: one signature for each live secret."""
    message = f"{message_id}.{timestamp}.{body}".encode()
    digests = (hmac.digest(_key(secret), message, "sha256") for secret in secrets)
    return " ".join("v1," + b64encode(digest).decode() for digest in digests)


def _key(secret):
    return b64decode(secret.removeprefix(PREFIX), validate=True)
