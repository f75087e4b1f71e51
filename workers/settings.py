"""Every setting of the fabric, and the only file that reads the environment.

Each has a default, a comment and an environment name: ``FABRIC_`` and the field in capitals.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.ledger.cipher import Cipher
from odoo_bridge.rpc import Account, HttpOptions, Timeout, Tls, Wish
from odoo_bridge.rpc.files import FileRules
from odoo_bridge.sources import SourceFile, read_sources
from odoo_bridge.storage import StorageOptions


class Pool(BaseModel):
    """The workers that serve one or more queues."""

    queues: list[str]
    concurrency: int = 2
    kind: Literal["prefork", "threads", "solo"] = "threads"
    nice: int = Field(default=10, ge=0, le=19)
    """How far its processes stand back for what else runs on their machine, as an Odoo does that
    people wait for (setpriority(2)). Without a neighbour it changes nothing."""


POOLS = {
    "default": Pool(
        queues=["default", "webhooks", "outbound", "root"], concurrency=4, kind="threads"
    ),
    "compute": Pool(queues=["pricing", "reports"], concurrency=2, kind="prefork"),
}


SECRETS = Path("/run/secrets")
"""Where containers find secrets as files, one a setting: ``fabric_odoo_api_key``."""


class Settings(BaseSettings):
    """What a process of the fabric needs to know about the world.

    The environment goes before the file ``.env``, that before the files in ``SECRETS``.
    An empty variable counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="FABRIC_",
        env_file=".env",
        env_ignore_empty=True,
        secrets_dir=[SECRETS] if SECRETS.is_dir() else None,
        extra="ignore",
    )

    odoo_url: str = ""
    """Address of Odoo: https://odoo.example.com. Empty: the running development Odoo."""
    odoo_database: str = ""
    """Name of the Odoo database."""
    odoo_login: str = "celery_service"
    """Login of the service account, which holds no business rights."""
    odoo_api_key: SecretStr = SecretStr("")
    """API key of the service account."""
    odoo_transport: Wish = "auto"
    """How calls reach Odoo: xmlrpc, jsonrpc, json2 (Odoo 19). auto: the first that it offers."""
    odoo_read_transport: Wish = "auto"
    """The same for large pages. auto: the fastest that it offers; json2, jsonrpc, xmlrpc."""
    odoo_connect_timeout: float = 5.0
    """Seconds to wait for a connection to Odoo."""
    odoo_read_timeout: float = 120.0
    """Seconds to wait for Odoo to begin, or to go on with, an answer."""
    odoo_total_timeout: float = 600.0
    """Seconds that one call may take from its sending to its answer's end."""
    odoo_largest_answer: int = 268_435_456
    """Largest accepted answer of Odoo, in bytes, unpacked. What is longer is refused, not read."""
    odoo_connections: int = 32
    """Connections to Odoo that one process keeps open at most."""
    odoo_ca: Path | None = None
    """PEM file of the authority that signed Odoo's certificate. Empty: the system's authorities."""
    odoo_certificate: Path | None = None
    """PEM file of a client certificate, for a proxy that wants one."""
    odoo_certificate_key: Path | None = None
    """PEM file of its key. Empty: the key stands in the same file."""
    odoo_certificate_password: SecretStr = SecretStr("")
    """Password of that key."""
    odoo_tls_verify: bool = True
    """Check Odoo's certificate. false trusts anybody who answers, and warns in the log."""
    odoo_calls: int = Field(default=8, ge=0)
    """Calls to Odoo at once, at most, of all workers together; fewer while it is slow. A worker
    that finds no Redis takes a quarter of them for itself. 0: no budget, no circuit breaker."""
    bulk_queues: list[str] = Field(default_factory=lambda: ["pricing", "reports"])
    """Queues whose reads nobody waits for: all others go first."""
    outbox: Literal["postgres", "rpc", ""] = ""
    """Claim in Odoo's database, or poll over RPC (hosted Odoo). Empty: postgres, given a DSN."""
    outbox_dsn: SecretStr = SecretStr("")
    """Odoo's PostgreSQL as the relay's role: may only run the claim function and LISTEN."""
    ledger_dsn: SecretStr = SecretStr("")
    """The fabric's own PostgreSQL. Empty: an embedded one."""
    ledger_keys: list[SecretStr] = Field(default_factory=list)
    """Fernet keys that encrypt deliveries at rest, the first; the others still open older ones.
    ["new", "old"]. None: as they came."""
    broker_url: SecretStr = SecretStr("")
    """Redis (redis://…) or RabbitMQ (amqp://…). Empty: an embedded Valkey."""
    redis_url: SecretStr = SecretStr("")
    """Redis that knows which attempts run. Empty: the broker's, if that is Redis, or an embedded
    Valkey. Without one, a lost job is not noticed by the fabric itself."""
    gateway_host: str = "127.0.0.1"
    """Address that the gateway listens on."""
    gateway_port: int = 8765
    """Port that the gateway listens on."""
    gateway_max_body: int = 1_048_576
    """Largest accepted webhook body, in bytes."""
    gateway_proxies: list[IPvAnyNetwork] = Field(default_factory=list)
    """Proxies whose X-Forwarded-For and client-certificate headers count: ["10.0.0.0/8"]."""
    gateway_admin_keys: list[SecretStr] = Field(default_factory=list)
    """Keys that open the gateway's /admin to Odoo's view of deliveries: ["new", "old"]. None: it
    is closed."""
    gateway_catalog_keys: list[SecretStr] = Field(default_factory=list)
    """Keys that open the gateway's /v1/catalog to shops: ["new", "old"]. None: it is closed."""
    gateway_catalog_source: str = "catalog"
    """The delivery source in Odoo (celery.source) with whose user's rights /v1/catalog answers."""
    sources: Path | None = None
    """Directory of source files, NAME.toml each. Empty: what FABRIC_HOOK_SECRETS names, no more."""
    hook_secrets: dict[str, list[SecretStr]] = Field(default_factory=dict)
    """Live signing secrets of each webhook source: {"shopify": ["new", "old"]}."""
    webhook_networks: list[IPvAnyNetwork] = Field(default_factory=list)
    """Networks besides the public internet that webhooks may be sent to, and without TLS too:
    ["10.1.0.0/16"]."""
    flower_host: str = "127.0.0.1"
    """Address that Flower listens on."""
    flower_port: int = 5555
    """Port that Flower listens on."""
    flower_basic_auth: SecretStr = SecretStr("")
    """Flower's login, user:password. Empty: one is made up at start and printed."""
    relay_batch: int = 100
    """Jobs that the relay claims in one transaction."""
    relay_poll: float = 1.0
    """Seconds after which the relay looks for due jobs without having been notified."""
    pools: dict[str, Pool] = Field(default_factory=lambda: dict(POOLS))
    """Worker pools: {"default": {"queues": ["default"], "concurrency": 4, "kind": "threads"}}."""
    task_modules: list[str] = Field(default_factory=list)
    """Modules with tasks to import, besides the installed plug-ins: ["shop.tasks"]."""
    attach_inline: int = 1_048_576
    """Largest file, in bytes, that travels inside a job's write-back; larger ones go before it."""
    file_storage: str = ""
    """Where those larger files are kept: s3://bucket/folder, of Amazon or of what speaks like it.
    Empty: in Odoo's filestore. The gateway, which signs their links, needs these settings, too."""
    file_storage_endpoint: str = ""
    """Address of a storage that is not Amazon's, as people's browsers reach it, too."""
    file_storage_region: str = ""
    """Its region."""
    file_storage_key: SecretStr = SecretStr("")
    """Access key of the storage. Empty: what the machine itself may (boto3's own chain)."""
    file_storage_secret: SecretStr = SecretStr("")
    """Secret of that key."""
    file_link_seconds: int = Field(default=300, ge=1, le=604_800)
    """Seconds for which a signed link to a stored file opens it."""
    file_directories: list[Path] = Field(default_factory=list)
    """Directories of the worker whose files jobs may load: ["/srv/imports"]. None by default."""
    file_urls: list[str] = Field(default_factory=list)
    """How the addresses begin that jobs may load files from: ["https://files.example.com/"]."""
    file_largest: int = 2_147_483_648
    """Largest file, in bytes, that a job loads."""
    cancel_grace: float = 10.0
    """Seconds that a running job which was cancelled may take to stop by itself."""
    task_events: bool = True
    """Tell Flower about every task. It halves the rate of very short jobs; false turns it off."""
    drain_seconds: float = 30.0
    """How long a worker that was told to stop may finish what it runs."""
    log_format: Literal["console", "json"] = "console"
    """How log lines look."""
    cache_dir: Path | None = None
    """Where the development Odoo lives, which can be made again. Empty: the system's cache."""
    state_dir: Path | None = None
    """Where the embedded ledger and broker live. Empty: the system's state directory."""

    def odoo_account(self) -> Account:
        """The service account. Raises ``ConfigurationError`` naming what is missing."""
        self.require("odoo_url", "odoo_database", "odoo_login", "odoo_api_key")
        key = self.odoo_api_key.get_secret_value()
        return Account(self.odoo_url, self.odoo_database, self.odoo_login, key)

    def odoo_options(self) -> HttpOptions:
        """How calls travel to Odoo. Raises ``ConfigurationError``."""
        return HttpOptions(
            Timeout(self.odoo_connect_timeout, self.odoo_read_timeout, self.odoo_total_timeout),
            Tls(
                self.odoo_ca,
                self.odoo_certificate,
                self.odoo_certificate_key,
                self.odoo_certificate_password.get_secret_value(),
                self.odoo_tls_verify,
            ),
            self.odoo_largest_answer,
            self.odoo_connections,
        )

    def cipher(self) -> Cipher:
        """What seals deliveries in the ledger. Raises ``ConfigurationError``."""
        return Cipher([key.get_secret_value() for key in self.ledger_keys])

    def source_files(self) -> dict[str, SourceFile]:
        """The declared sources, by name. Raises ``ConfigurationError``."""
        return read_sources(self.sources) if self.sources else {}

    def source_secrets(self, files: Mapping[str, SourceFile]) -> dict[str, list[str]]:
        """Live secrets by source: from the variables that its file names, else ``hook_secrets``.

        A variable that is not set may be a file in ``SECRETS``. Raises ``ConfigurationError``.
        """
        found = {
            name: [secret.get_secret_value() for secret in live]
            for name, live in self.hook_secrets.items()
        }
        named = {name: file.source.secrets_env for name, file in files.items()}
        return found | {name: list(map(_secret, each)) for name, each in named.items() if each}

    def lease_url(self) -> str:
        """Where the leases are: ``redis_url``, or the broker if it is Redis, or empty."""
        broker = self.broker_url.get_secret_value()
        return self.redis_url.get_secret_value() or (broker if broker.startswith("redis") else "")

    def file_rules(self) -> FileRules:
        """What jobs may do with files."""
        return FileRules(
            self.attach_inline, self.file_directories, self.file_urls, self.file_largest
        )

    def storage_options(self) -> StorageOptions | None:
        """Where large files are kept; ``None``: in Odoo."""
        if not self.file_storage:
            return None
        return StorageOptions(
            self.file_storage,
            self.file_storage_endpoint,
            self.file_storage_region,
            self.file_storage_key.get_secret_value(),
            self.file_storage_secret.get_secret_value(),
            self.file_link_seconds,
        )

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for a child process. Holds secrets."""
        return {
            f"FABRIC_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in _revealed(self).items()
            if value is not None
        }

    def require(self, *names: str) -> None:
        """Raises ``ConfigurationError`` that names the first missing setting's variable."""
        for name in names:
            value = getattr(self, name)
            text = value.get_secret_value() if isinstance(value, SecretStr) else value
            if not text:
                raise ConfigurationError(f"FABRIC_{name.upper()} is not set")


def _secret(variable: str) -> str:
    file = SECRETS / variable.lower()
    value = os.environ.get(variable) or (file.read_text("utf-8").strip() if file.is_file() else "")
    if not value:
        raise ConfigurationError(f"{variable} is not set: a source file says that it has a secret")
    return value


def _revealed(value: Any) -> Any:
    """Plain JSON values; secrets in clear text."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path | IPv4Network | IPv6Network):
        return str(value)
    if isinstance(value, BaseModel):
        return {name: _revealed(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: _revealed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_revealed(each) for each in value]
    return value


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
