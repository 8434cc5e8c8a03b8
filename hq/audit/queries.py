"""Reading the audit: search for the page, history for one record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from hq.statements import like
from kit.sql import Row, SqlDatabase

COLUMNS = "id, at, actor, actor_name, verb, subject, facts, trace, address"
WHERE = (
    "(:actor = '' OR lower(actor_name) LIKE :actor_like ESCAPE '!') AND (:verb = '' OR verb LIKE :verb_like ESCAPE '!')"
    " AND (:subject = '' OR lower(subject) LIKE :subject_like ESCAPE '!'"
    " OR lower(facts) LIKE :subject_like ESCAPE '!')"
)


@dataclass(frozen=True)
class Entry:
    """One line of the audit. `changes` are (name, before, after) of the fields that differ."""

    id: str
    at: int
    actor: str
    actor_name: str
    verb: str
    subject: str
    facts: dict[str, Any]
    trace: str
    address: str

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """What differs between `before` and `after`; a new record has only an after."""
        before, after = self.facts.get("before") or {}, self.facts.get("after") or {}
        names = sorted(set(before) | set(after))
        return [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]

    @property
    def plain(self) -> dict[str, Any]:
        """The facts that are not a before/after pair."""
        return {name: value for name, value in self.facts.items() if name not in ("before", "after")}


def _entry(row: Row) -> Entry:
    values = dict(row._mapping)
    return Entry(**{**values, "facts": msgspec.json.decode(values["facts"])})


def search(
    db: SqlDatabase, *, actor: str = "", verb: str = "", subject: str = "", offset: int = 0, limit: int = 50
) -> tuple[int, list[Entry]]:
    """Newest first; each filter is part of a text."""
    params = {
        "actor": actor, "actor_like": like(actor), "verb": verb, "verb_like": like(verb)[1:],
        "subject": subject, "subject_like": like(subject), "limit": limit, "offset": offset,
    }  # fmt: skip
    total = int(db.value(f"SELECT count(*) FROM audit_entry WHERE {WHERE}", params))
    rows = db.rows(
        f"SELECT {COLUMNS} FROM audit_entry WHERE {WHERE} ORDER BY at DESC, id DESC LIMIT :limit OFFSET :offset",
        params,
    )
    return total, [_entry(row) for row in rows]


def history(
    db: SqlDatabase, subject: str, limit: int = 100, *, scopes: Collection[str] | None = None
) -> list[Entry]:
    """What happened to one record, newest first; with `scopes` only what belongs to one of them or to none."""
    rows = db.rows(
        f"SELECT {COLUMNS} FROM audit_entry WHERE subject = :s ORDER BY at DESC, id DESC LIMIT :limit",
        {"s": subject, "limit": limit},
    )
    found = [_entry(row) for row in rows]
    return [entry for entry in found if scopes is None or entry.facts.get("scope", "chain") in scopes]


def verbs(db: SqlDatabase) -> list[str]:
    """Every verb that was ever written, for the filter."""
    return [row[0] for row in db.rows("SELECT DISTINCT verb FROM audit_entry ORDER BY verb")]
