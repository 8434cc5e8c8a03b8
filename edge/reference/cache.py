"""Settings and the prices in use in memory, read again when sync has applied something."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from edge.reference.model import Settings
from edge.reference.queries import load_settings, price_rows
from kit.db import Database
from retail.pricing import Price

PRICED_MAX = 20_000  # products whose prices are remembered; a till sells fewer in a day


class Reference:
    """reference.sqlite and the settings made from it. `db` is read by queries; only sync writes it."""

    def __init__(self, db: Database, store: str = "") -> None:
        self.db = db
        self.store = store
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._prices: dict[str, tuple[Price, ...]] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        with self._lock:
            if self._settings is None:
                self._settings = load_settings(self.db, self.store)
            return self._settings

    def prices(self, skus: Iterable[str]) -> dict[str, tuple[Price, ...]]:
        """Every known price of these products, past and future, in every scope of this store.

        What is on the screen is asked for again with every scan, so it is kept until something changes.
        """
        known = self._prices
        found = {sku: known.get(sku) for sku in skus}
        missing = [sku for sku, prices in found.items() if prices is None]
        if missing:
            fresh: dict[str, list[Price]] = {sku: [] for sku in missing}
            for row in price_rows(self.db, missing):
                fresh[row["sku"]].append(Price(**row))
            if len(known) > PRICED_MAX:
                known.clear()
            for sku, prices in fresh.items():
                known[sku] = found[sku] = tuple(prices)
        return {sku: prices or () for sku, prices in found.items()}

    def changed(self) -> None:
        """Sync applied rows: forget the cache and tell the listeners.

        Whoever is reading prices fills the dictionary that is forgotten here, not the new one.
        """
        with self._lock:
            self._settings = None
            self._prices = {}
        for listener in self._listeners:
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change."""
        self._listeners.append(listener)
