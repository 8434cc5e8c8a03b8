"""After each commit the screens that show something else now are told to look (SCREENS §1)."""

from __future__ import annotations

from typing import Any

from edge.bus import LOOK_AGAIN
from edge.journal.draft import Draft
from edge.till import repository
from edge.till.changes import Shown

STORE_WIDE = ("held", "recalled")  # results that change what other terminals show


class Screens:
    """`tell` is called after each commit; a terminal hears each version of its basket once.

    `shown` is what its pages show.
    """

    def __init__(self, node: Any) -> None:
        self._node = node
        self._told: dict[str, int] = {}
        self.shown = Shown()

    def tell(self, draft: Draft) -> None:
        """The acting terminal hears its basket's version; a change of the held baskets is told to all."""
        terminal = draft.ctx.device
        if terminal:
            version = self._version(terminal) if draft.shows is None else draft.shows
            if version != self._told.get(terminal, 0):
                self._told[terminal] = version
                self._node.bus.publish("state", {"version": version}, terminal)
        if any(name in draft.result for name in STORE_WIDE):
            self._node.bus.publish("state", LOOK_AGAIN)

    def _version(self, terminal: str) -> int:
        row = repository.open_row(self._node.db, terminal)
        return row["version"] if row else 0
