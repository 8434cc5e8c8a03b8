"""A real store node behind a real server in this process, with the goods of `tests.browser.goods`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from edge.app import create_app
from edge.node import Node
from edge.people import pairing
from kit.listener import Listener
from proof.demo.till import TillClient
from proof.sockets import free_port
from schemas.config.edge import EdgeConfig
from schemas.rows import chain
from tests.browser.goods import PAGES, REASONS, SHELF
from tests.builders import edge as build
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN
from tests.patience import ENOUGH_SECONDS

THREADS = 24


def stock_shelf(node: Node) -> None:
    """Goods, prices, reasons and quick keys as sync would write them."""
    for good in SHELF:
        build.a_product(
            node,
            good.sku,
            good.price,
            code=good.code,
            name=good.name,
            spec=good.spec,
            pinyin=good.pinyin,
            unit="kg" if good.weighed else "pc",
            weighed=good.weighed,
        )
    for name, reasons in REASONS.items():
        for position, (code, words) in enumerate(reasons, 1):
            row = chain.ReasonRow(list=name, code=code, name=words, position=position)
            build.put(node, "chain", "reason", f"{name}|{code}", row)
    for number, (title, goods) in PAGES.items():
        for position, good in enumerate(goods, 1):
            key = chain.QuickKeyRow(page=number, position=position, page_name=title, sku=good.sku)
            build.put(node, "chain", "quick_key", f"{number}|{position}", key)


class World:
    """The node, its server and the codes to pair with. `chips` may be set by a story."""

    def __init__(self, home: Path, **chain_fields: Any) -> None:
        port = free_port()
        config = EdgeConfig(
            witness=str(home.parent / "witness"), ballast_mb=1, disk_min_mb=1, port=port, threads=THREADS
        )
        self.node = Node(home, config)
        self.node.become("001")
        build.a_chain(self.node, default_language="en", auto_lock_minutes=600, **chain_fields)
        for name in REASONS:  # the builder's single reason would be chosen by itself
            self._drop(f"{name}|other")
        stock_shelf(self.node)
        build.a_person(self.node, CASHIER, "cashier", CASHIER_PIN)
        build.a_person(self.node, MANAGER, "manager", MANAGER_PIN)
        self.url = f"http://127.0.0.1:{port}"
        self._server = Listener(("127.0.0.1", port), create_app(self.node), numthreads=THREADS)
        self._server.prepare()
        self._thread = threading.Thread(target=self._server.serve, daemon=True)
        self._thread.start()

    def _drop(self, key: str) -> None:
        with self.node.reference.db.write() as tx:
            tx.execute("DELETE FROM row WHERE kind = 'reason' AND key = ?", (key,))
        self.node.reference.changed()

    def pairing_code(self, terminal: str = "01") -> str:
        """A fresh one-use code."""
        return pairing.make_code(self.node.context(), terminal)

    def opened(self) -> list[dict[str, Any]]:
        """Terminal 01 paired, the cashier signed in, a float of 500; answers the cookies of its browser."""
        client = TillClient(self.url)
        client.pair(self.pairing_code())
        client.sign_in(CASHIER, CASHIER_PIN)
        client.post("/shift/open", {"float_minor": 50_000})
        return [
            {"name": cookie.name, "value": cookie.value or "", "url": self.url, "httpOnly": True}
            for cookie in client.http.cookies
        ]

    def documents(self) -> list[dict[str, Any]]:
        """Sales and returns in the order they were made."""
        return [dict(row) for row in self.node.db.rows("SELECT * FROM document ORDER BY at, n")]

    def count(self, sql: str, *params: Any) -> int:
        """One number from the node's database."""
        return int(self.node.db.value(sql, params, 0) or 0)

    def close(self) -> None:
        """End server and node."""
        self.node.bus.close()
        self._server.stop()
        self._thread.join(ENOUGH_SECONDS)
        assert not self._thread.is_alive()
        self.node.close()
