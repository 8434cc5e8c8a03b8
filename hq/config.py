"""HQ's configuration file `hq.toml`: few settings, all checked at start, environment wins.

Everything a chain decides (currency, prices, people …) is data in the database, not configuration.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from retail.errors import Misconfigured

PREFIX = "LIANPU_HQ_"


class HqConfig(msgspec.Struct, frozen=True, kw_only=True):
    """`hosts` are further names that this server answers to; an empty `database` is SQLite in LIANPU_HOME."""

    host: str = "127.0.0.1"
    port: int = 8600
    hosts: list[str] = msgspec.field(default_factory=list)
    database: str = ""
    threads: int = 32
    idle_minutes: int = 60
    https: bool = False
    tls_certificate: str = ""
    tls_key: str = ""
    log_level: str = "INFO"
    log_json: bool = True

    @property
    def secure(self) -> bool:
        """Do browsers reach this server by HTTPS (its own or a proxy's)?"""
        return self.https or bool(self.tls_certificate)

    def names(self) -> set[str]:
        """Every Host header that is answered."""
        base = {self.host, f"{self.host}:{self.port}", "127.0.0.1", "localhost", "[::1]"}
        return base | set(self.hosts)


SETTINGS = tuple(HqConfig.__struct_fields__)


def load(home: Path, environment: Mapping[str, str] | None = None) -> HqConfig:
    """Read `hq.toml` if it exists, lay LIANPU_HQ_* over it; raises `Misconfigured` with every problem."""
    path = home / "hq.toml"
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise Misconfigured([f"{path.name}: {error}"]) from error
    problems = _unknown(values, path.name)
    for name, text in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX):
            values[name[len(PREFIX) :].lower()] = _from_environment(name[len(PREFIX) :].lower(), text)
    problems += _unknown({name: 0 for name in values}, PREFIX + "*") if not problems else []
    if problems:
        raise Misconfigured(problems)
    try:
        return msgspec.convert(values, HqConfig, strict=False)
    except msgspec.ValidationError as error:
        raise Misconfigured([f"{path.name}: {error}"]) from error


def _from_environment(name: str, text: str) -> Any:
    return [part.strip() for part in text.split(",") if part.strip()] if name == "hosts" else text


def _unknown(values: Mapping[str, Any], source: str) -> list[str]:
    problems = []
    for name in values:
        if name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{source}: unknown setting {name}{hint}")
    return problems
