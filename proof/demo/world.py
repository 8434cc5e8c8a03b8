"""HQ, two stores, emulated hardware and the line between them, as real processes on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from drivers.bench.devices import Bench
from drivers.bench.start import start
from hq import commands
from kit.clock import SystemClock
from kit.db import engine_readonly_rows, engine_readonly_value
from proof.demo.line import Line
from proof.demo.processes import Child
from proof.demo.profiles import CASHIER, MANAGER, STORES, Profile
from proof.demo.seed import seed, step_prices
from proof.demo.till import TillClient, TillRefused
from proof.sockets import free_port
from retail.agreement import DayDigest, from_text
from retail.civil import store_local

HQ_PORT, EDGE_PORTS, PRINTER_PORTS, BENCH_PORT = 8600, (8101, 8102), (9101, 9102), 8690
PINS = {CASHIER: "284617", MANAGER: "539820"}
LOGIN = "admin"


@dataclass
class Shop:
    """One store of the demo."""

    code: str
    zone: str
    home: Path
    port: int
    node: Child
    line: Line
    printer: str
    scanner: str
    kill_file: Path

    @property
    def base(self) -> str:
        """Address of its till."""
        return f"http://127.0.0.1:{self.port}"


@dataclass
class World:
    """Everything of one demo; `stop` ends it all."""

    root: Path
    profile: Profile
    fixed_ports: bool = True
    shops: dict[str, Shop] = field(default_factory=dict)
    bench: Bench = field(default_factory=Bench)
    hq: Child | None = None
    hq_port: int = HQ_PORT
    secrets: dict[str, Any] = field(default_factory=dict)

    def start(self) -> World:
        """Bring it all up; each step says what it did."""
        self.root.mkdir(parents=True, exist_ok=True)
        ports = self._ports()
        self._start_bench(ports)
        self.secrets = seed(self.root / "hq", self.profile, self._devices(), login=LOGIN)
        self._start_hq(ports)
        for at, code in enumerate(STORES):
            self._start_shop(code, ports["edge"][at], ports["printers"][at])
        return self

    def _ports(self) -> dict[str, Any]:
        if self.fixed_ports:
            return {"hq": HQ_PORT, "edge": EDGE_PORTS, "printers": PRINTER_PORTS, "bench": BENCH_PORT}
        free = [free_port() for _ in range(6)]
        return {"hq": free[0], "edge": free[1:3], "printers": free[3:5], "bench": free[5]}

    def _start_bench(self, ports: dict[str, Any]) -> None:
        wishes: dict[str, Any] = {"printers": [], "scanners": [], "http": {"port": ports["bench"]}}
        for at, code in enumerate(STORES):
            dots = 576 if at == 0 else 384
            wishes["printers"].append(
                {"name": f"printer-{code}", "port": ports["printers"][at], "dots": dots}
            )
            wishes["scanners"].append({"name": f"scanner-{code}", "path": str(self.root / f"scanner-{code}")})
        self.bench = start(wishes)

    def _devices(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for at, code in enumerate(STORES):
            found[f"{code}-01"] = {
                "printer": {
                    "transport": "tcp",
                    "address": self.bench.address(f"printer-{code}"),
                    "columns": 48 if at == 0 else 32,
                    "codec": "gbk",
                    "drawer": "high_open",
                },
                "scanner": {
                    "kind": "serial",
                    "path": self.bench.address(f"scanner-{code}"),
                    "baudrate": 9600,
                },
            }
        return found

    def _start_hq(self, ports: dict[str, Any]) -> None:
        self.hq_port = ports["hq"]
        home = self.root / "hq"
        self.hq = Child(
            "HQ",
            ["-m", "hq.cli", "--home", str(home), "run"],
            f"http://127.0.0.1:{self.hq_port}/healthz",
            self.root / "log" / "hq.log",
            {"LIANPU_HQ_PORT": str(self.hq_port)},
        ).start()

    def _start_shop(self, code: str, port: int, _printer_port: int) -> None:
        home = self.root / f"store-{code}"
        home.mkdir(parents=True, exist_ok=True)
        line = Line(("127.0.0.1", self.hq_port)).start()
        self.bench.lines[code] = line
        (home / "edge.toml").write_text(
            f'port = {port}\nwitness = "{self.root / "witness" / code}"\n'
            "poll_open_seconds = 5\npoll_idle_seconds = 10\ndisk_min_mb = 32\n"
        )
        kill_file = self.root / f"kill-{code}"
        self.enrol(home, code, line)
        node = Child(
            f"store {code}",
            ["-m", "proof.crash.edge_main", "--home", str(home), "run"],
            f"http://127.0.0.1:{port}/healthz",
            self.root / "log" / f"store-{code}.log",
            {"LIANPU_KILL_FILE": str(kill_file)},
        ).start()
        zone = STORES[code][1]
        self.shops[code] = Shop(
            code, zone, home, port, node, line, f"printer-{code}", f"scanner-{code}", kill_file
        )
        self._wait_for_goods(self.shops[code])

    def enrol(self, home: Path, code: str, line: Line) -> None:
        """Fingerprint from the node, one-use code from HQ, enrolment over the line."""
        fingerprint = self._edge(home, "fingerprint")["fingerprint"]
        made = self.hq_command("enrol-code", code, "--fingerprint", fingerprint, "--json")
        self._edge(home, "enrol", "--hq", f"http://127.0.0.1:{line.port}", "--code", made["code"])

    def hq_command(self, *words: str) -> dict[str, Any]:
        """`lianpu-hq …` beside the running server."""
        return _run([sys.executable, "-m", "hq.cli", "--home", str(self.root / "hq"), *words])

    def _edge(self, home: Path, *words: str) -> dict[str, Any]:
        return _run([sys.executable, "-m", "edge.cli", "--home", str(home), *words])

    def _wait_for_goods(self, shop: Shop) -> None:
        """The first sync brings settings, people, goods and prices."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.read_reference(shop, "SELECT count(*) FROM price") > 0 and self.read_reference(
                shop, "SELECT count(*) FROM row WHERE kind = 'staff'"
            ):
                return
            time.sleep(0.1)
        raise RuntimeError(f"store {shop.code} got no goods:\n{shop.node.tail()}")

    def read_reference(self, shop: Shop, sql: str) -> int:
        """One number out of a store's reference file."""
        return engine_readonly_value(shop.home / "reference.sqlite", sql)

    def read_node(self, shop: Shop, sql: str) -> int:
        """One number out of a store's own file."""
        return engine_readonly_value(shop.home / "node.sqlite", sql)

    def read_hq(self, sql: str) -> int:
        """One number out of HQ's file."""
        return engine_readonly_value(self.root / "hq" / "hq.sqlite", sql)

    def now_ms(self) -> int:
        """The clock that all processes of this machine share."""
        return SystemClock().now_ms()

    def civil(self, at_ms: int) -> str:
        """A moment on the stores' wall clocks."""
        return store_local(at_ms, self.profile.time_zone).replace(" ", "T")

    def publish_step(self, from_civil: str) -> dict[str, int]:
        """Publish the real price step through the running HQ; returns how many prices each zone gets."""
        prices = step_prices(from_civil)
        commands.execute(self.root / "hq", "prices.write", {"prices": [asdict(price) for price in prices]})
        zones = [price.scope.removeprefix("zone:") for price in prices]
        return {zone: zones.count(zone) for zone in sorted(set(zones))}

    def prices_from(self, shop: Shop, from_civil: str) -> int:
        """How many prices that start then a store has."""
        return self.read_reference(shop, f"SELECT count(*) FROM price WHERE from_civil = '{from_civil}'")

    def unsent(self, shop: Shop) -> int:
        """Links of a store without a receipt."""
        return self.read_node(
            shop,
            "SELECT count(*) FROM link l LEFT JOIN receipted r ON r.inc = l.inc"
            " WHERE l.abandoned = 0 AND l.seq > coalesce(r.seq, 0)",
        )

    def rows_of(self, path: Path, account: str) -> list[tuple[str, int]]:
        """(commodity, sum of postings) of an account in a database of either side."""
        sql = f"SELECT commodity, sum(quantity) FROM posting WHERE account = '{account}' GROUP BY commodity"
        return [(row[0], row[1]) for row in engine_readonly_rows(path, sql)]

    def told(self, shop: Shop) -> list[DayDigest]:
        """The store's own count of its days, as it has told HQ."""
        said = f"SELECT facts FROM telemetry WHERE node = '{shop.code}' ORDER BY at DESC LIMIT 1"
        rows = engine_readonly_rows(self.root / "hq" / "hq.sqlite", said)
        facts = json.loads(rows[0][0])["facts"] if rows else {}
        return [from_text(text) for name, text in facts.items() if name.startswith("day:")]

    def numbers(self, shop: Shop) -> list[str]:
        """Every receipt number of a store."""
        return [
            row[0] for row in engine_readonly_rows(shop.home / "node.sqlite", "SELECT number FROM document")
        ]

    def hq_applied(self) -> bool:
        """Has HQ applied everything that it stored?"""
        return self.read_hq("SELECT count(*) FROM body") == self.read_hq("SELECT count(*) FROM event_seen")

    def pairing_url(self, shop: Shop, terminal: str) -> dict[str, str]:
        """A pairing code and its address."""
        return self._edge(shop.home, "pair", terminal, "--json")

    def till(self, shop: Shop, terminal: str = "01", staff: str = MANAGER) -> TillClient:
        """A paired client with somebody signed in; the PIN is set where it is the first time."""
        client = TillClient(shop.base)
        client.pair(self.pairing_url(shop, terminal)["code"])
        self.sign_in(client, staff)
        return client

    def sign_in(self, client: TillClient, staff: str) -> None:
        """By PIN, or by the initial code where the PIN is not set yet."""
        try:
            client.sign_in(staff, PINS[staff])
        except TillRefused as refused:
            if refused.code != "people.pin_not_set":
                raise
            client.sign_in(staff, PINS[staff], self.secrets["initial"][staff])

    def stop(self) -> None:
        """End every process that this world started."""
        for shop in self.shops.values():
            shop.node.stop()
            shop.line.stop()
        if self.hq is not None:
            self.hq.stop()
        self.bench.stop()


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:5])}: {done.stderr.strip()[-800:] or done.stdout[-800:]}")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found
