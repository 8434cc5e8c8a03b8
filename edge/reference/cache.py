"""The settings in memory, read again when sync has applied something."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge.reference.model import Settings
from edge.reference.queries import load_settings
from kit.db import Database


class Reference:
    """reference.sqlite and the settings made from it. `db` is read by queries; only sync writes it."""

    def __init__(self, db: Database, store: str = "") -> None:
        self.db = db
        self.store = store
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        with self._lock:
            if self._settings is None:
                self._settings = load_settings(self.db, self.store)
            return self._settings

    def changed(self) -> None:
        """Sync applied rows: forget the cache and tell the listeners."""
        with self._lock:
            self._settings = None
        for listener in self._listeners:
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change."""
        self._listeners.append(listener)
