"""What a store node is told by its file `edge.toml`; everything about trade comes from HQ instead."""

from __future__ import annotations

from typing import Annotated

import msgspec


class EdgeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting has a default that a store can run on."""

    host: str = "127.0.0.1"
    port: int = 8101
    lan: bool = False
    lan_port: int = 8443
    host_names: list[str] = msgspec.field(default_factory=list)
    witness: str = ""
    mirror_path: str = ""
    mirror_url: str = ""
    mirror_secret: str = ""
    log_level: str = "INFO"
    ballast_mb: int = 8
    disk_min_mb: int = 64
    threads: int = 32
    poll_open_seconds: int = 15
    poll_idle_seconds: int = 60
    papers_keep_days: int = 90
    journal_keep_days: Annotated[int, msgspec.Meta(ge=30)] = 400
    ca_file: str = ""
