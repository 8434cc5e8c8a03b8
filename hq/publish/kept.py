"""Signed answers that many stores ask for: after a change of prices each store of a zone asks for the same step."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from flask import Flask

BYTES_MAX = 16 * 1024 * 1024
ENTRY_BYTES = 1024  # what an entry takes beside its body, and rather more than less
Answer = tuple[bytes, bytes]  # body, signature


class Kept:
    """The answers that were asked for last, `BYTES_MAX` of them together; for any number of threads.

    The key of an answer names everything that it depends on, so nothing here is ever stale.
    """

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._answers: OrderedDict[tuple[object, ...], Answer] = OrderedDict()
        self._lock = threading.Lock()
        self._left = bytes_max

    def get(self, key: tuple[object, ...], make: Callable[[], Answer | None]) -> Answer | None:
        """The answer of this key, made when nobody has asked before; None when there is none to make."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
                return found
        made = make()
        if made is not None:
            self._keep(key, made)
        return made

    def _keep(self, key: tuple[object, ...], answer: Answer) -> None:
        with self._lock:
            if key in self._answers:
                return
            self._answers[key] = answer
            self._left -= len(answer[0]) + ENTRY_BYTES
            while self._left < 0:
                _, (body, _signature) = self._answers.popitem(last=False)
                self._left += len(body) + ENTRY_BYTES


def kept_of(app: Flask) -> Kept:
    """The application's answers, made when first asked."""
    kept: Kept = app.extensions.setdefault("lianpu_kept", Kept())
    return kept
