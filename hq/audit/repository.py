"""The one statement that writes an audit entry."""

from __future__ import annotations

from typing import Any

import msgspec

from kit.context import Context
from kit.sql import Connection, run

_encoder = msgspec.json.Encoder(order="sorted")
SECRET_WORDS = ("password", "pin", "token", "secret", "initial", "code_plain")


def insert_entry(
    connection: Connection,
    entry_id: str,
    at: int,
    ctx: Context,
    verb: str,
    subject: str,
    facts: dict[str, Any],
) -> None:
    """Append one entry; a fact with a secret's name is a mistake of the programmer."""
    if any(name in SECRET_WORDS for name in facts):
        raise ValueError(f"secret in audit facts of {verb}")
    run(
        connection,
        "INSERT INTO audit_entry (id, at, actor, actor_name, verb, subject, facts, trace, address)"
        " VALUES (:id, :at, :actor, :actor_name, :verb, :subject, :facts, :trace, :address)",
        {
            "id": entry_id,
            "at": at,
            "actor": ctx.actor.staff,
            "actor_name": ctx.actor.name or ctx.actor.staff,
            "verb": verb,
            "subject": subject,
            "facts": _encoder.encode(facts).decode(),
            "trace": ctx.trace,
            "address": ctx.device,
        },
    )
