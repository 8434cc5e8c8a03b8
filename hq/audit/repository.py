"""The one statement that writes audit entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from kit.context import Context
from kit.sql import Connection, run_many

_encoder = msgspec.json.Encoder(order="sorted")
SECRET_WORDS = ("password", "pin", "token", "secret", "initial", "code_plain")


def insert_entries(
    connection: Connection, at: int, ctx: Context, entries: Iterable[tuple[str, str, str, dict[str, Any]]]
) -> None:
    """Append (id, verb, subject, facts) in one go; a fact with a secret's name is a mistake of the programmer."""
    rows = []
    for entry_id, verb, subject, facts in entries:
        if any(name in SECRET_WORDS for name in facts):
            raise ValueError(f"secret in audit facts of {verb}")
        rows.append(
            {
                "id": entry_id, "at": at, "actor": ctx.actor.staff, "actor_name": ctx.actor.name or ctx.actor.staff,
                "verb": verb, "subject": subject, "facts": _encoder.encode(facts).decode(), "trace": ctx.trace,
                "address": ctx.device,
            }
        )  # fmt: skip
    run_many(
        connection,
        "INSERT INTO audit_entry (id, at, actor, actor_name, verb, subject, facts, trace, address)"
        " VALUES (:id, :at, :actor, :actor_name, :verb, :subject, :facts, :trace, :address)",
        rows,
    )
