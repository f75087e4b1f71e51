"""``Cipher``: bodies of deliveries encrypted at rest."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo_bridge.errors import ConfigurationError


class Cipher:
    """Fernet (https://github.com/fernet/spec) with the first key; any of them opens.

    Without keys bodies are stored as they came.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None
        except ValueError as error:
            raise ConfigurationError(
                "FABRIC_LEDGER_KEYS: a key is 32 bytes in URL-safe base64; "
                "`odoo-fabric deliveries make-key` makes one"
            ) from error

    @property
    def seals(self) -> bool:
        """Whether ``seal`` encrypts."""
        return self._fernet is not None

    def seal(self, body: bytes) -> bytes:
        """What the ledger keeps."""
        return self._fernet.encrypt(body) if self._fernet else body

    def open(self, kept: bytes, *, sealed: bool) -> bytes:
        """The body. Raises ``ConfigurationError`` when no key opens it."""
        if not sealed:
            return kept
        try:
            if self._fernet:
                return self._fernet.decrypt(kept)
        except InvalidToken:
            pass
        raise ConfigurationError(
            "no key of FABRIC_LEDGER_KEYS opens this delivery: put the one back that sealed it"
        )


def make_key() -> str:
    """A new key."""
    return Fernet.generate_key().decode()
