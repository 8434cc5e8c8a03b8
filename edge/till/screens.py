"""After each commit the screens that show something else now are told to look (SCREENS §1)."""

from __future__ import annotations

from typing import Any

from edge.bus import LOOK_AGAIN
from edge.journal.draft import Draft
from edge.till import repository

STORE_WIDE = ("held", "recalled")  # results that change what other terminals show


def tell(node: Any, draft: Draft) -> None:
    """The acting terminal hears its basket's version; a change of the held baskets is told to all."""
    if any(name in draft.result for name in STORE_WIDE):
        node.bus.publish("state", LOOK_AGAIN)
    elif draft.ctx.device:
        row = repository.open_row(node.db, draft.ctx.device)
        node.bus.publish("state", {"version": row["version"] if row else 0}, draft.ctx.device)
