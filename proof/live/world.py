"""The live world: a real HQ process, real edge processes behind bad lines, emulated printers on real sockets."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from drivers.bench.devices import Bench
from drivers.bench.start import start
from edge import lan
from kit.clock import SystemClock
from kit.db import engine_readonly_rows, engine_readonly_value
from proof.demo.processes import READY_SECONDS, Child
from proof.demo.profiles import MANAGER, Places, text
from proof.demo.till import TillClient
from proof.demo.world import PINS
from proof.live.chain import Chain
from proof.live.deck import Deck
from proof.live.fates import FATES, PASS
from proof.live.line import BadLine
from proof.live.packets import PacketLine
from proof.live.seller import Seller
from proof.live.unwrap import HOST, Unwrap
from proof.oracle.baskets import baskets
from proof.sockets import free_port

FLOAT_MINOR = 50_000
POLL_SECONDS = 2
PASSES = 4  # among the fates of a deck of questions; every second handshake passes
EDGE_TOML = "poll_open_seconds = {poll}\npoll_idle_seconds = {poll}\ndisk_min_mb = 32\nballast_mb = 1\n"
UNSENT = (
    "SELECT EXISTS (SELECT 1 FROM inc i LEFT JOIN receipted r ON r.inc = i.inc"
    " LEFT JOIN meta m ON m.name = 'fetched:' || i.inc CROSS JOIN link l WHERE l.inc = i.inc AND l.abandoned = 0"
    " AND l.seq > max(coalesce(r.seq, 0), coalesce(cast(m.value AS INTEGER), 0)))"
)  # is there anything? A count would look at all of it, ten times a second


@dataclass
class Shop:
    """One running node of a store, with its line and its cashier; a clone is another one of the same store."""

    code: str
    zone: str
    home: Path
    port: int
    node: Child
    line: BadLine
    seller: Seller | None = None

    @property
    def base(self) -> str:
        """Address of its till."""
        return f"http://127.0.0.1:{self.port}"

    def rows(self, sql: str) -> list[Any]:
        """Rows of its database."""
        return engine_readonly_rows(self.home / "node.sqlite", sql)

    def value(self, sql: str) -> int:
        """One number of its database."""
        return engine_readonly_value(self.home / "node.sqlite", sql)


@dataclass
class LiveWorld:
    """`struck` counts everything that was done to it; with `netns` each line has packets of its own."""

    root: Path
    stores: int
    seed: int
    struck: Counter[str] = field(default_factory=Counter)
    shops: dict[str, Shop] = field(default_factory=dict)
    clone: Shop | None = None
    basket_of_two: str = ""  # open on the disk when it was copied: both may sell it
    bench: Bench = field(default_factory=Bench)
    netns: bool = False
    wires: list[PacketLine] = field(default_factory=list)

    def start(self) -> LiveWorld:
        """Make the chain in this process, then hand its folders to processes."""
        self.deck = Deck((*FATES, *[PASS] * PASSES), random.Random(f"{self.seed} line"))
        self.handshakes = Deck((*FATES, *[PASS] * len(FATES)), random.Random(f"{self.seed} handshakes"))
        self.hq_port = free_port()
        self.tls = lan.ensure(self.root / "tls", [HOST], SystemClock().now_ms())
        self.unwrap = Unwrap(self.hq_port, self.tls.authority).start()
        places: Places = {
            f"{n:03d}": (text(f"Store {n}", f"{n} 号店", f"{n} 號店"), "AB"[n % 2])
            for n in range(1, self.stores + 1)
        }
        lines = self._lines(list(places))
        self.bench = start({"printers": [{"name": code, "port": 0, "dots": 576} for code in places]})
        urls = {code: line.url for code, line in lines.items()}
        with capture_logs():
            self.chain = Chain(self.root, SystemClock(), urls, places, self._devices(places)).make()
            self.chain.close()
        self._start_hq()
        with ThreadPoolExecutor() as pool:
            started = [
                pool.submit(self._shop, code, zone, self.chain.home(code), lines[code])
                for code, (_, zone) in places.items()
            ]
            self.shops = {shop.code: shop for shop in (one.result() for one in started)}
        for shop in self.shops.values():
            shop.seller = Seller(shop.code, self._client(shop), baskets(shop.zone))
            shop.seller.start()
        return self

    def _lines(self, codes: list[str]) -> dict[str, BadLine]:
        """One store of several has a plain line, so that what is made up reaches the protocol; the others have TLS."""
        plain = random.Random(f"{self.seed} plain").choice(codes) if len(codes) > 1 else ""
        self.plain = plain
        return {code: self._line(code, self.unwrap.port if code == plain else self.hq_port) for code in codes}

    def _line(self, code: str, port: int) -> BadLine:
        target, plain = (HOST, port), code == self.plain
        handshakes = None if plain else self.handshakes
        connect = None
        if self.netns:
            wire = PacketLine(target, random.Random(f"{self.seed} packets {code}"), self.struck).start()
            self.wires.append(wire)
            connect = wire.connect
        return BadLine(target, self.deck, self.struck, handshakes=handshakes, connect=connect).start()

    def _devices(self, places: Places) -> dict[str, dict[str, Any]]:
        return {
            f"{code}-01": {
                "printer": {
                    "transport": "tcp", "address": self.bench.address(code), "columns": 48, "codec": "gbk",
                    "drawer": "high_open",
                }
            }
            for code in places
        }  # fmt: skip

    def _start_hq(self) -> None:
        command = ["-m", "hq.cli", "--home", str(self.root / "hq"), "run"]
        health = f"http://{HOST}:{self.unwrap.port}/healthz"
        settings = {
            "LIANPU_HQ_PORT": str(self.hq_port), "LIANPU_HQ_TLS_CERTIFICATE": str(self.tls.certificate),
            "LIANPU_HQ_TLS_KEY": str(self.tls.key),
        }  # fmt: skip
        self.hq = Child("HQ", command, health, self.root / "log" / "hq.log", settings).start()

    def _shop(self, code: str, zone: str, home: Path, line: BadLine, name: str = "") -> Shop:
        port = free_port()
        witness = home.parent / f"{home.name}.witness"
        settings = (
            f'port = {port}\nwitness = "{witness}"\nca_file = "{self.tls.authority}"\n'
            + EDGE_TOML.format(poll=POLL_SECONDS)
        )
        (home / "edge.toml").write_text(settings)
        node = Child(
            name or f"store {code}",
            ["-m", "edge.cli", "--home", str(home), "run"],
            f"http://127.0.0.1:{port}/healthz",
            self.root / "log" / f"{home.name}.log",
        ).start()
        return Shop(code, zone, home, port, node, line)

    def _client(self, shop: Shop) -> TillClient:
        """A paired till with the manager signed in and an open shift."""
        client = TillClient(shop.base, READY_SECONDS)
        client.pair(self.chain.codes[shop.code])
        client.sign_in(MANAGER, PINS[MANAGER], self.chain.secrets["initial"][MANAGER])
        client.post("/shift/open", {"float_minor": FLOAT_MINOR})
        return client

    def clone_of(self, shop: Shop) -> Shop:
        """The node stands still while its disk is copied, as a snapshot of the disk would be; then both run on.

        The clone's cashier has the cookies of the original's page, for they are on the disk that was copied.
        """
        assert shop.seller is not None
        home = shop.home.with_name(f"{shop.home.name}-clone")
        shop.node.pause()
        try:
            shutil.copytree(shop.home, home)
            shutil.copy(f"{shop.home}.witness", f"{home}.witness")
        finally:
            shop.node.resume()
        (home / "control.json").unlink(missing_ok=True)  # names the original's port
        opened = engine_readonly_rows(home / "node.sqlite", "SELECT id FROM basket WHERE state = 'open'")
        self.basket_of_two = opened[0][0] if opened else ""
        clone = self._shop(shop.code, shop.zone, home, shop.line, f"clone of {shop.code}")
        client = TillClient(clone.base, READY_SECONDS)
        client.http.cookies.update(shop.seller.client.http.cookies)
        clone.seller = Seller(f"{shop.code} clone", client, baskets(shop.zone)[100:])
        self.clone = clone
        clone.seller.start()
        return clone

    @property
    def running(self) -> list[Shop]:
        """Every node of a store, the clone last."""
        return [*self.shops.values(), *([self.clone] if self.clone else [])]

    def hq_rows(self, sql: str) -> list[Any]:
        """Rows of HQ's database."""
        return engine_readonly_rows(self.root / "hq" / "hq.sqlite", sql)

    def hq_value(self, sql: str) -> int:
        """One number of HQ's database."""
        return engine_readonly_value(self.root / "hq" / "hq.sqlite", sql)

    def spoil(self) -> None:
        """Every line is bad from now on."""
        for line in self._all_lines():
            line.spoil()

    def heal(self) -> None:
        """Every line is good again."""
        for line in self._all_lines():
            line.heal()

    def _all_lines(self) -> list[BadLine | PacketLine]:
        return [*(shop.line for shop in self.shops.values()), *self.wires]

    def drained(self) -> bool:
        """Has HQ receipted everything, and carried it into its books?"""
        return all(shop.value(UNSENT) == 0 for shop in self.running) and self.hq_value(
            "SELECT count(*) FROM body"
        ) == self.hq_value("SELECT count(*) FROM event_seen")

    def stop(self) -> None:
        """End every process that this world started."""
        for shop in self.running:
            shop.node.resume()
            shop.node.stop()
            shop.line.stop()
        self.hq.resume()
        self.hq.stop()
        self.unwrap.stop()
        for wire in self.wires:
            wire.stop()
        self.bench.stop()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, at most so long; did it come true?"""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
