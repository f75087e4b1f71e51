"""``SourceFile``: what one file says of a source of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from odoo_bridge.sources.bodies import Kind, kind_of, parse
from odoo_bridge.sources.finder import Finder

NAME = r"^[a-z][a-z0-9_-]{0,62}$"
"""What a source may be called: it is a part of an address."""


def _finder(value: Any) -> Any:
    return Finder(value) if isinstance(value, str) else value


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _not_ours(variable: str) -> str:
    if variable.upper().startswith("FABRIC_"):
        raise ValueError("a secret's variable must not begin with FABRIC_")
    return variable


def _network(value: Any) -> Any:
    return ip_network(value) if isinstance(value, str) else value


# Those of the fabric itself are its settings, and go no further than the process that reads them.
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"), AfterValidator(_not_ours)]
Found = Annotated[Finder, BeforeValidator(_finder)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SourcePart(_Part):
    """``[source]``: who sends, and how one event is told from another."""

    name: str = Field(pattern=NAME)
    """``POST /hooks/<name>``. Left out: the file's name."""
    scheme: str
    """How the sender signs (docs/reference/gateway.md)."""
    options: dict[str, Any] = Field(default_factory=dict)
    """What the scheme wants to know besides; ``[source.options]``."""
    secrets_env: Annotated[list[Variable], BeforeValidator(_several)] = Field(default_factory=list)
    """Environment variables that hold a live secret each; never a secret itself. While a secret
    is rotated there are two. None: ``FABRIC_HOOK_SECRETS`` has them."""
    event_id: Found | None = None
    """What is the same when an event is delivered again. None: what the scheme knows."""
    filter: Found | None = None
    """Deliveries for which this finds nothing, false or an empty value are stored as cancelled."""
    ordering_key: Found | None = None
    """Deliveries that share what this finds are handled in the order of their arrival."""
    content_types: Annotated[list[Kind], Field(min_length=1)] = Field(
        default_factory=lambda: [Kind.JSON]
    )
    headers: list[str] = Field(default_factory=list)
    """Headers to keep for the mapping, besides those that the scheme keeps."""


class Limits(_Part):
    """``[limits]``: what a source may send."""

    bytes: PositiveInt | None = None
    """Of a body. None: ``FABRIC_GATEWAY_MAX_BODY``."""
    per_second: PositiveFloat | None = None
    """Deliveries a second that one gateway takes, on average. None: any number."""
    burst: PositiveInt | None = None
    """Deliveries that may come at once. None: those of one second."""
    allow_ips: list[Network] = Field(default_factory=list)
    """Networks that may send, as seen behind trusted proxies. None given: everybody."""
    replay_window_seconds: PositiveFloat = 300.0
    """How old, or how far in the future, a signed time stamp may be."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.burst and not self.per_second:
            raise ValueError("burst belongs to per_second")
        return self


class SourceFile(_Part):
    """One source: how deliveries come in, and what they become."""

    source: SourcePart
    limits: Limits = Field(default_factory=Limits)
    target: dict[str, Any] = Field(default_factory=dict)
    """Read by ``webhooks.ingest``, and by nobody before."""

    @property
    def name(self) -> str:
        """``POST /hooks/<name>``."""
        return self.source.name

    def payload(self, headers: Mapping[str, str], body: bytes) -> Any:
        """The body as plain values; None for raw ones. ``headers`` have lower-case names.

        Raises ``InvalidDelivery``.
        """
        kind = kind_of(headers.get("content-type", ""), self.source.content_types)
        return parse(kind, body)
