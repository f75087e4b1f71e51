"""What the supervisor needs to know to run a server as its child."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Server:
    """A prepared server: run ``argv`` in the foreground, wait for ``ready()``, use ``address``."""

    name: str
    argv: tuple[str, ...]
    address: str = field(repr=False)
    """URL with its password: not for logs."""
    ready: Callable[[], bool]
    env: Mapping[str, str] | None = None
    """The whole environment of the child; None: this process's."""
    user: str | None = None
    """Whom the child must become; None: it stays who we are."""
    stop_signal: signal.Signals = signal.SIGTERM
    """The signal that ends it in good order without waiting for its clients."""
