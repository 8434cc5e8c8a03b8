"""HQ's configuration file `hq.toml`: few settings, all checked at start, environment wins.

Everything a chain decides (currency, prices, people …) is data in the database, not configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kit import config

PREFIX = "LIANPU_HQ_"


class HqConfig(msgspec.Struct, frozen=True, kw_only=True):
    """`hosts` are further names that this server answers to; an empty `database` is SQLite in LIANPU_HOME."""

    host: str = "127.0.0.1"
    port: int = 8600
    hosts: list[str] = msgspec.field(default_factory=list)
    database: str = ""
    threads: int = 32
    idle_minutes: int = 60
    second_factor: Literal["optional", "required"] = "optional"
    https: bool = False
    tls_certificate: str = ""
    tls_key: str = ""
    log_level: str = "INFO"
    log_json: bool = True
    backup_targets: list[str] = msgspec.field(default_factory=list)
    backup_hour: Annotated[int, msgspec.Meta(ge=-1, le=23)] = 3
    backup_keep: Annotated[int, msgspec.Meta(ge=3)] = 7
    backup_full_days: Annotated[int, msgspec.Meta(ge=1)] = 7
    backup_alarm_days: Annotated[int, msgspec.Meta(ge=1)] = 2
    figures_amount_max_minor: Annotated[int, msgspec.Meta(ge=1)] = 100_000_000
    figures_pieces_max: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    figures_days_ahead: Annotated[int, msgspec.Meta(ge=1)] = 2

    @property
    def secure(self) -> bool:
        """Do browsers reach this server by HTTPS (its own or a proxy's)?"""
        return self.https or bool(self.tls_certificate)

    def names(self) -> set[str]:
        """Every Host header that is answered."""
        base = {self.host, f"{self.host}:{self.port}", "127.0.0.1", "localhost", "[::1]"}
        return base | set(self.hosts)


def load(home: Path, environment: Mapping[str, str] | None = None) -> HqConfig:
    """Read `hq.toml` if it exists, lay LIANPU_HQ_* over it; raises `Misconfigured` with every problem."""
    return config.load(HqConfig, home / "hq.toml", os.environ if environment is None else environment, PREFIX)
