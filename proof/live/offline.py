"""A store that was offline for months: its till beside an empty one, then the drain into a real HQ.

make     sell the past in this process (`past`), keep the folder
measure  both stores' nodes as processes, the line down: scan, search, pay, the state of the screen
drain    the line is back: seconds, and the most memory that either process ever held, as the kernel counted it
compare  every row of both stores against HQ's: logs, receipts, lines, tenders, taxes and postings (`rowwise`)
"""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from kit.clock import ManualClock, SystemClock
from kit.db import engine_readonly_rows, engine_readonly_value
from proof.bench.measure import percentile
from proof.bench.shop import real_products
from proof.demo.processes import Child
from proof.demo.profiles import MANAGER
from proof.demo.till import TillClient
from proof.demo.world import PINS
from proof.live import rowwise
from proof.live.chain import Chain
from proof.live.deck import Deck
from proof.live.fates import PASS
from proof.live.line import BadLine
from proof.live.past import Past, first_morning
from proof.live.world import UNSENT, until
from proof.sockets import free_port

FULL, EMPTY = "001", "002"
MADE = "made.json"
SCANS = 5
WORDS = ("milk", "bread", "tea", "rice", "juice", "wine", "奶", "茶")
RATIO_MAX = 1.5
MB_MAX = 512  # of either process, however much there is to send
SECONDS_A_RECEIPT = 0.05  # a drain that takes longer has stopped


@dataclass
class Offline:
    """Everything of one run below `root`; a folder that was made before and not drained is used again."""

    root: Path
    days: int
    receipts: int
    told: Callable[[str], None] = print
    rounds: int = 5
    nodes: dict[str, Child] = field(default_factory=dict)
    took: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    peaks_mb: dict[str, tuple[float, float]] = field(default_factory=dict)
    drain_seconds: float = 0.0

    def run(self) -> list[str]:
        """All of it; what is wrong, in words."""
        made = self.make()
        self.hq_port = free_port()
        self.line = BadLine(
            ("127.0.0.1", self.hq_port), Deck([PASS], random.Random(0)), Counter(), made["line_port"]
        ).start()
        self.line.go_down()
        try:
            self._start()
            self.measure(made["secrets"]["initial"][MANAGER])
            for name, full, empty, ratio in self.figures():
                over = "" if ratio <= RATIO_MAX else ", over it"
                self.told(
                    f"{name:<14}{full:>9.2f} ms{empty:>9.2f} ms empty   {ratio:.2f} × (bound {RATIO_MAX:g}{over})"
                )
            self.drain()
        finally:
            for child in self.nodes.values():
                child.stop()
            self.line.stop()
        return [*self.compare(made), *swollen(self.peaks_mb)]

    # -- make ------------------------------------------------------------------------------------------

    def make(self) -> dict[str, Any]:
        """The folders of HQ, of a store with a past and of an empty one."""
        note = self.root / MADE
        if note.exists():
            found: dict[str, Any] = json.loads(note.read_text())
            return found
        with capture_logs():
            made = self._made()
        note.write_text(json.dumps(made))
        return made

    def _made(self) -> dict[str, Any]:
        clock, port = ManualClock(first_morning(SystemClock().now_ms(), self.days)), free_port()
        url = f"http://127.0.0.1:{port}"
        chain = Chain(self.root, clock, {FULL: url, EMPTY: url}).make()
        past = Past(chain.nodes[FULL], clock, "A")
        began = time.monotonic()
        past.sell_days(self.days, self.receipts)
        self.told(f"{past.receipts} receipts of {self.days} days made in {time.monotonic() - began:.0f} s")
        chain.close()
        return {
            "secrets": chain.secrets,
            "receipts": past.receipts,
            "total": past.total_minor,
            "line_port": port,
        }

    # -- measure ---------------------------------------------------------------------------------------

    def _start(self) -> None:
        hq = ["-m", "hq.cli", "--home", str(self.root / "hq"), "run"]
        self._child("hq", hq, self.hq_port, {"LIANPU_HQ_PORT": str(self.hq_port)})
        for store in (FULL, EMPTY):
            home, port = self.root / f"store-{store}", free_port()
            (home / "edge.toml").write_text(
                f'port = {port}\nwitness = "{home}.witness"\nballast_mb = 1\ndisk_min_mb = 32\n'
                "poll_open_seconds = 2\npoll_idle_seconds = 2\n"
            )
            self._child(store, ["-m", "edge.cli", "--home", str(home), "run"], port, {})

    def _child(self, name: str, command: list[str], port: int, environment: dict[str, str]) -> None:
        health, log = f"http://127.0.0.1:{port}/healthz", self.root / "log" / f"{name}.log"
        began = time.monotonic()
        self.nodes[name] = Child(name, command, health, log, environment)
        self.nodes[name].start()
        self.took.setdefault(name, {})["start"] = [(time.monotonic() - began) * 1000]

    def measure(self, initial: str) -> None:
        """Both tills in turn, `rounds` times after one that does not count."""
        clients = {store: self._client(store, initial) for store in (FULL, EMPTY)}
        codes = itertools.cycle([row["code"] for row in real_products()])
        for round_ in range(self.rounds + 1):
            for store, client in clients.items():
                found = _round(client, codes)
                for name, values in found.items() if round_ else ():
                    self.took[store].setdefault(name, []).extend(values)

    def _client(self, store: str, initial: str) -> TillClient:
        home = str(self.root / f"store-{store}")
        command = [sys.executable, "-m", "edge.cli", "--home", home, "pair", "01", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
        client = TillClient(self.nodes[store].health.removesuffix("/healthz"))
        client.pair(json.loads(done.stdout.splitlines()[-1])["code"])
        client.sign_in(MANAGER, PINS[MANAGER], initial)
        client.post("/shift/open", {"float_minor": 50_000})
        return client

    def figures(self) -> list[tuple[str, float, float, float]]:
        """(what, milliseconds of the full node, of the empty one, ratio)."""
        rows = []
        for name in ("start", "scan", "search", "pay", "state"):
            for share in (0.5,) if name == "start" else (0.5, 0.95):
                full, empty = (percentile(self.took[store][name], share) for store in (FULL, EMPTY))
                rows.append((f"{name}, p{share * 100:.0f}", full, empty, full / empty))
        return rows

    # -- drain -----------------------------------------------------------------------------------------

    def drain(self) -> None:
        """The line is back; until HQ has booked everything."""
        before = {name: memory_mb(self.nodes[name], "VmRSS") for name in ("hq", FULL)}
        began = time.monotonic()
        self.line.come_back()
        if not until(self._drained, 120 + self.receipts * SECONDS_A_RECEIPT):
            raise RuntimeError(
                f"the store did not drain:\n{self.nodes['hq'].tail()}\n{self.nodes[FULL].tail()}"
            )
        self.drain_seconds = time.monotonic() - began
        self.peaks_mb = {name: (rss, memory_mb(self.nodes[name], "VmHWM")) for name, rss in before.items()}

    def _drained(self) -> bool:
        """Has HQ receipted everything, and booked what it holds? Whether that is the right thing, `compare` says."""
        sent = all(engine_readonly_value(self._node(store), UNSENT) == 0 for store in (FULL, EMPTY))
        return sent and self._hq("SELECT count(*) FROM body") == self._hq("SELECT count(*) FROM event_seen")

    def _node(self, store: str) -> Path:
        return self.root / f"store-{store}" / "node.sqlite"

    def _hq(self, sql: str) -> int:
        return engine_readonly_value(self.root / "hq" / "hq.sqlite", sql)

    # -- compare ---------------------------------------------------------------------------------------

    def compare(self, made: dict[str, Any]) -> list[str]:
        """What differs between what was answered, the stores and HQ; the processes have ended."""
        hq, began, rows = self.root / "hq" / "hq.sqlite", time.monotonic(), 0
        told = (made["receipts"], made["total"])
        past = "document WHERE at < (SELECT max(at) - 3600000 FROM document)"
        there = engine_readonly_rows(self._node(FULL), f"SELECT count(*), sum(total_minor) FROM {past}")[0]
        wrong = [f"answered {told}, in the journal {there}"] if there != told else []
        for store in (FULL, EMPTY):
            seen, found = rowwise.compare(self._node(store), hq, store)
            rows += seen
            wrong += found
        self.told(f"{rows} rows of the stores beside HQ's in {time.monotonic() - began:.0f} s")
        wrong += rowwise.strangers(hq, (FULL, EMPTY))
        parked = self._hq("SELECT count(*) FROM parked")
        return [*wrong, *([f"{parked} events parked"] if parked else [])]


def _round(client: TillClient, codes: Iterator[str]) -> dict[str, list[float]]:
    """Baskets of five lines, paid; words searched; the state asked for; milliseconds of each answer."""
    found: dict[str, list[float]] = {"scan": [], "search": [], "pay": [], "state": []}
    for word in WORDS:
        for code in itertools.islice(codes, SCANS):
            found["scan"].append(timed(client.post, "/basket/scan", {"code": code, "source": "wedge"}))
        found["state"].append(timed(client.refresh))
        found["search"].append(timed(client.get, f"/search?q={word}"))
        found["pay"].append(timed(client.post, "/sale/finish", {"add": []}))
    return found


def swollen(peaks_mb: Mapping[str, tuple[float, float]]) -> list[str]:
    """Processes that took more memory than a drain may; (before, most) in MB by name."""
    return [f"{name} took {most:.0f} MB" for name, (_, most) in peaks_mb.items() if most > MB_MAX]


def timed(act: Callable[..., object], *arguments: object) -> float:
    """Milliseconds that something took."""
    began = time.perf_counter()
    act(*arguments)
    return (time.perf_counter() - began) * 1000


def memory_mb(child: Child, name: str) -> float:
    """A figure of a process in MB of 2**20 bytes: VmRSS now, VmHWM the most there ever was."""
    assert child.process is not None
    text = Path(f"/proc/{child.process.pid}/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name}:")) / 1024
