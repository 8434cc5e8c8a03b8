"""What a page shows already is not sent again: the State as its changes since one that the page names.

Every State that leaves the node carries a mark, and the newest few of each terminal are remembered under theirs. A
page that names its mark gets only what differs; an unknown mark (the node started again, other pages were busy in
between) gets the whole State. The memory is a saving and never an authority: a State is always built anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from kit.crypto import random_bytes

KEPT = 4  # States per terminal: as many pages may show it at once
ALWAYS = ("mark", "version", "now", "chips")  # chips also reach the page by themselves
State = dict[str, Any]


class Shown:
    """The States that the pages of this node show, by terminal and mark."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._life = random_bytes(4).hex()
        self._count = 0
        self._kept: dict[str, OrderedDict[str, State]] = {}

    def answer(self, terminal: str, state: State, known: str = "") -> dict[str, State]:
        """`{"changes": …}` for a page whose State carries the mark `known`, else `{"state": …}`."""
        with self._lock:
            self._count += 1
            state = {**state, "mark": f"{self._life}-{self._count}"}
            kept = self._kept.setdefault(terminal, OrderedDict())
            before = kept.get(known)
            kept[state["mark"]] = state
            while len(kept) > KEPT:
                kept.popitem(last=False)
        return {"state": state} if before is None else {"changes": changes(before, state)}


def changes(before: State, after: State) -> State:
    """What makes `after` of `before`: `from`, each part that differs, of the basket each part that differs, of its
    lines those that are new or differ; `order` names all of them unless the new ones only follow the old ones.
    """
    found = _differing(before, after, but="basket", always=ALWAYS)
    basket = _differing(before["basket"], after["basket"], but="lines")
    old = {line["id"]: line for line in before["basket"]["lines"]}
    lines = after["basket"]["lines"]
    basket["lines"] = [line for line in lines if old.get(line["id"]) != line]
    order = [line["id"] for line in lines]
    if order != [*old, *(line["id"] for line in basket["lines"] if line["id"] not in old)]:
        basket["order"] = order
    return {"from": before["mark"], **found, "basket": basket}


def _differing(before: State, after: State, *, but: str, always: tuple[str, ...] = ()) -> State:
    return {
        name: value
        for name, value in after.items()
        if name != but and (name in always or before.get(name) != value)
    }
