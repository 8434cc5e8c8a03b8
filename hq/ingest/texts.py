"""Which texts of an event's rows both engines take, so that the books do not differ by the engine.

PostgreSQL holds no NUL in any text and no text of any length in an index; SQLite takes both. Every event of every
store comes by here: one look at the bytes of its body settles the first question for all that are not spoiled.
"""

from __future__ import annotations

from hq.ingest.handlers.statements import columns
from hq.ingest.model import KEY_CHARS_MAX, Rows

_NUL = rb"\u0000"  # JSON has no other way to write one; raw it is malformed
INDEXED = {
    name: tuple(columns(name)[column] for column in texts)
    for name, texts in {
        "sale": ("day", "number", "series"),
        "sale_return": ("original",),
        "shift_opened": ("id", "day"),
        "shift_closed": ("id", "day"),
        "alarm": ("id",),
        "fork": ("inc",),
        "hole": ("inc",),
    }.items()
}
"""statement → where its rows have texts that an index holds and that the event's payload or day brings"""


def objection(body: bytes, rows: Rows) -> str | None:
    """Why not every engine takes these rows of a body, for a technician; None when each does."""
    if _NUL in body:
        for name, values in rows:
            if any(isinstance(value, str) and "\0" in value for value in values):
                return f"a text of {name} holds a NUL"
    for name, values in rows:
        for at in INDEXED.get(name, ()):
            if len(values[at] or "") > KEY_CHARS_MAX:
                return f"an indexed text of {name} has more than {KEY_CHARS_MAX} characters"
    return None
