"""How to reach an Odoo: patience, certificates, bounds. Value objects, all of them optional."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import structlog

from odoo_bridge.errors import ConfigurationError

_T = TypeVar("_T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait: for a connection, for the next bytes, for the whole answer."""

    connect: float = 5.0
    read: float = 120.0
    total: float = 600.0

    def __post_init__(self) -> None:
        if min(self.connect, self.read, self.total) <= 0:
            raise ConfigurationError("a time-out is a number of seconds above 0")


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom to trust, and what to show. Files in PEM form.

    ``ca`` is trusted in place of the system's authorities; ``certificate`` and ``key`` (if it
    stands in a file of its own) show who we are. ``verify=False`` trusts anybody and says so in
    the log.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: str = field(default="", repr=False)
    verify: bool = True

    def context(self, url: str) -> ssl.SSLContext:
        """Raises ``ConfigurationError`` that names the file which cannot be used."""
        context = _made("authority", self.ca, lambda: ssl.create_default_context(cafile=self.ca))
        if self.certificate:
            certificate, key, password = self.certificate, self.key, self.key_password
            _made(
                "client certificate or key",
                certificate,
                # An empty password fails; asking a person for one would hang.
                lambda: context.load_cert_chain(certificate, key, password),
            )
        if not self.verify:
            log.warning("odoo.tls_not_verified", url=url)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How calls travel."""

    timeout: Timeout = Timeout()
    tls: Tls = Tls()
    largest: int = 256 * 1024 * 1024
    """Bytes of an answer, unpacked: what is longer is refused, not read."""
    connections: int = 32
    """Kept open at most; who finds all of them busy waits for one."""


def _made(what: str, file: Path | None, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigurationError(f"the {what} {file} cannot be used: {error}") from error
