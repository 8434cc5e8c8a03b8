"""HQ of a fleet: a chain of so many stores on disk, its process, and what its books say in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hq import commands
from hq.catalogue import actions as catalogue
from hq.catalogue.model import Product
from hq.headquarters import Headquarters
from hq.ingest import sessions
from hq.prices import actions as prices
from hq.prices.model import NewPrice
from hq.publish import actions as publishing
from kit.crypto import SigningKey
from proof.demo.processes import Child
from proof.fleet.shop import Shop
from proof.sockets import free_port
from schemas.wire import session as messages

FROM = "2026-01-01"
ENROLLED_AT = 1_767_225_600_000
READY_SECONDS = 120.0  # its health is asked among thousands of stores


@dataclass
class Chain:
    """A home folder with everything, and the process that is not running yet."""

    home: Path
    port: int
    hq_key: bytes
    shops: list[Shop]
    skus: list[str]

    def process(self) -> Child:
        """HQ as a shop floor knows it: `lianpu-hq run`."""
        environment = {
            "LIANPU_HQ_PORT": str(self.port),
            "LIANPU_HQ_LOG_LEVEL": "WARNING",
            "LIANPU_HQ_BACKUP_HOUR": "-1",
        }
        command = ["-m", "hq.cli", "--home", str(self.home), "run"]
        health = f"http://127.0.0.1:{self.port}/healthz"
        return Child("hq", command, health, self.home.parent / "hq.log", environment, patience=READY_SECONDS)

    def publish_prices(self, price_minor: int) -> None:
        """Every product costs this from now on: one version that every store must fetch."""
        wanted = [
            {"sku": sku, "scope": "chain", "price_minor": price_minor, "from_civil": FROM}
            for sku in self.skus
        ]
        commands.execute(self.home, "prices.write", {"prices": wanted})

    def stored(self) -> dict[str, tuple[int, bytes]]:
        """Per node how far HQ's log is, with its hash; only while no process of HQ runs."""
        hq = Headquarters.open(self.home)
        try:
            return {
                row[0]: (row[1], bytes(row[2])) for row in hq.db.rows("SELECT node, seq, hash FROM origin")
            }
        finally:
            hq.close()


def make_chain(folder: Path, nodes: int, products: int, told: Callable[[int], None]) -> Chain:
    """A chain with so many enrolled stores and priced products. `told` hears how many stores there are."""
    hq = Headquarters.open(folder / "hq")
    try:
        ctx = commands.context_of(hq)
        commands.init(
            ctx, login="admin", name="Fleet", password="", language="en", chain={"en": "Fleet"}, currency="HKD",
            time_zone="Asia/Hong_Kong", cash_step_minor=10,
        )  # fmt: skip
        skus = [f"P{n}" for n in range(1, products + 1)]
        for sku in skus:
            catalogue.save_product(ctx, Product(sku=sku, name={"en": f"Product {sku}"}), version=None)
        with hq.change(ctx) as change:
            prices.write_prices(change, [NewPrice(sku, "chain", 1000, FROM) for sku in skus])
        shops = []
        for n in range(1, nodes + 1):
            code = f"{n:05d}"
            commands.add_store(ctx, code=code, name={"en": code}, zone="A", time_zone="", terminals=["01"])
            shops.append(Shop(code, SigningKey.generate(), f"{n:032x}"))
            if not n % 500:
                told(n)
        _enrol(hq, shops)
        return Chain(folder / "hq", free_port(), hq.key.public, shops, skus)
    finally:
        hq.close()


def _enrol(hq: Headquarters, shops: Sequence[Shop]) -> None:
    """What a confirmed code does, for all of them at once."""
    with hq.db.write() as connection:
        for shop in shops:
            record = messages.EnrolmentRecord(
                node=shop.node, store=shop.node, public_key=shop.key.public, hq_key=hq.key.public,
                enrolled_at=ENROLLED_AT,
            )  # fmt: skip
            sessions.know(connection, record, ENROLLED_AT)
            scopes = publishing.scopes_of_store(connection, shop.node)
            publishing.subscribe(connection, shop.node, scopes, ENROLLED_AT)
