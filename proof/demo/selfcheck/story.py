"""The story of one day, step by step. Every step adds figures to the report; `compare` draws the line under it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from drivers.printer.paper import Code, Paper
from proof.demo.line import BLACK_HOLE, PASS, REFUSE
from proof.demo.profiles import CASHIER, MANAGER
from proof.demo.selfcheck.browser import BrowserTill, by_wedge
from proof.demo.selfcheck.report import Report
from proof.demo.selfcheck.restored import Restored
from proof.demo.selfcheck.sell import Attendant, DrawerPusher, Reviver, by_api, by_serial
from proof.demo.till import TillClient
from proof.demo.world import Shop, World
from proof.oracle.baskets import Basket, baskets

FLOAT_MINOR = 50_000
STEP_SECONDS_AHEAD = 60


@dataclass
class Day:
    """One store's day: what was sold, and with which prices."""

    shop: Shop
    client: TillClient
    plan: list[Basket]
    sold: list[tuple[Basket, bool]] = field(default_factory=list)
    sales: list[str] = field(default_factory=list)
    attendants: list[Attendant] = field(default_factory=list)

    def attend(self, world: World) -> None:
        """Somebody restarts a dead node, somebody pushes the open drawer in."""
        self.attendants = [Reviver(self.shop), DrawerPusher(world.bench.printer(self.shop.printer))]
        for attendant in self.attendants:
            attendant.start()

    def leave(self) -> None:
        """Nobody looks after the store any more."""
        for attendant in self.attendants:
            attendant.end()
        self.attendants.clear()


@dataclass
class Story:
    """`count` baskets a store, of which `special` by serial scanner and `special` by wedge keys in a browser."""

    world: World
    report: Report
    count: int
    special: int
    with_browser: bool
    days: dict[str, Day] = field(default_factory=dict)

    def run(self) -> None:
        """The whole day."""
        self.open_shops()
        self.restored = Restored(self.world, self.world.shops["002"], self.report)
        starts_at = self.publish_and_cut()
        early = max(2, self.count * 3 // 10)
        self.in_both(lambda day: self.sell_by_api(day, early, stepped=False))
        self.report.check(
            "early baskets were sold before the price step", self.world.now_ms() < starts_at, True
        )
        self.wait_for_step(starts_at)
        for day in self.days.values():
            day.shop.line.cut(BLACK_HOLE)
        self.special_ways()
        self.in_both(self.sell_with_crashes)
        self.paper_out()
        self.in_both(lambda day: self.sell_by_api(day, self.count - len(day.sold), stepped=True))
        self.close_shops()
        self.reconnect()

    # -- steps -----------------------------------------------------------------------------------------

    def open_shops(self) -> None:
        """Pair, set PINs, open a shift in both stores."""
        for shop in self.world.shops.values():
            client = self.world.till(shop, "01", MANAGER)
            self.world.sign_in(client, CASHIER)
            self.world.sign_in(client, MANAGER)
            client.post("/shift/open", {"float_minor": FLOAT_MINOR})
            day = Day(shop, client, baskets(shop.zone, self.count))
            day.attend(self.world)
            self.days[shop.code] = day
        self.report.say("both stores are open, a float in each drawer")

    def publish_and_cut(self) -> int:
        """Publish the real price step for the near future, see it delivered, cut the line."""
        world = self.world
        starts_at = (world.now_ms() + STEP_SECONDS_AHEAD * 1000 + 59_999) // 60_000 * 60_000
        from_civil = world.civil(starts_at)
        rows = world.publish_step(from_civil)
        wanted = {shop.code: rows[shop.zone] for shop in world.shops.values()}
        deadline = time.monotonic() + 45
        seen: dict[str, int] = {}
        while time.monotonic() < deadline and seen != wanted:
            seen = {shop.code: world.prices_from(shop, from_civil) for shop in world.shops.values()}
            time.sleep(0.1)
        self.report.check("prices of the real step delivered before the cut", seen, wanted)
        self.restored.copy()
        for day in self.days.values():
            day.shop.line.cut(REFUSE)
        self.report.say("the line is cut: connections are refused")
        return starts_at

    def wait_for_step(self, starts_at: int) -> None:
        """Let the civil minute of the step come; nothing but the clock makes it start."""
        while self.world.now_ms() < starts_at + 1000:
            time.sleep(0.2)
        self.report.say("the price step has started in both stores, without a line")

    def special_ways(self) -> None:
        """Serial scanner in both stores at once, then a real browser."""
        self.in_both(lambda day: self._sell_serial(day))
        if not self.with_browser:
            self.report.say("no browser: the baskets by wedge keys go through the API (--no-browser)")
            return
        for day in self.days.values():
            with BrowserTill(day.shop.base) as till:
                till.adopt(day.client)
                for basket in self._next(day, self.special):
                    self._keep(day, basket, by_wedge(till, day.client, basket, 2), stepped=True)
            self.report.say(f"store {day.shop.code}: {self.special} baskets by wedge keys in a real browser")

    def _sell_serial(self, day: Day) -> None:
        for basket in self._next(day, self.special):
            self._keep(day, basket, by_serial(self.world, day.shop, day.client, basket), stepped=True)
        self.report.say(f"store {day.shop.code}: {self.special} baskets by serial scanner")

    def sell_by_api(self, day: Day, number: int, *, stepped: bool) -> None:
        """Baskets through the node's API."""
        for basket in self._next(day, number):
            self._keep(day, basket, by_api(day.client, basket), stepped=stepped)

    def sell_with_crashes(self, day: Day) -> None:
        """Two crashes a store, each inside one sale; the page asks again with the same key."""
        points = ("before_commit", "after_commit") if day.shop.code == "001" else ("after_witness", "sending")
        for point in points:
            starts = day.shop.node.starts
            day.shop.kill_file.write_text(point)
            self.sell_by_api(day, 1, stepped=True)
            self._wait(
                lambda before=starts: day.shop.node.starts > before, f"{point} in store {day.shop.code}"
            )
            day.shop.node.wait_ready()
            self.report.check(
                f"store {day.shop.code}: SIGKILL {point}, node back", day.shop.node.starts, starts + 1
            )

    def paper_out(self) -> None:
        """Store 1 sells on without paper; the new roll lets the queue out."""
        day = self.days["001"]
        printer = self.world.bench.printer(day.shop.printer)
        printer.set("paper_out", True)
        before = len(printer.papers())
        self.sell_by_api(day, 2, stepped=True)

        def shown() -> str:
            return str(day.client.refresh()["chips"]["printer"]["state"])

        self._wait(lambda: shown() == "paper_out", "paper_out to be shown")
        self.report.check("two sales without paper; the till says", shown(), "paper_out")
        self.report.check("papers that came out meanwhile", len(printer.papers()) - before, 0)
        printer.new_roll()

    def close_shops(self) -> None:
        """Resolve what nobody knows, wait for the papers, count blind, close."""
        for day in self.days.values():
            self._settle_papers(day)
            held = self.world.read_node(
                day.shop, f"SELECT quantity FROM balance WHERE account = 'cash:{day.shop.code}:01'"
            )
            count = {"10": held // 10}
            answer = day.client.post("/shift/close", {"count": count, "confirm": ["unknown_print", "held"]})
            self.report.check(
                f"store {day.shop.code}: counted minus expected", answer["report"]["difference_minor"], 0
            )

    def _settle_papers(self, day: Day) -> None:
        def waiting() -> bool:
            jobs = day.client.get("/print/jobs")["jobs"]
            for job in jobs:
                if job["state"] == "UNKNOWN":
                    seen = job["reference"] in self._on_paper(day)
                    day.client.post("/print/resolve", {"job": job["id"], "printed": seen})
            return any(job["state"] in ("QUEUED", "BLOCKED", "SENDING", "CONFIRMED") for job in jobs)

        self._wait(lambda: not waiting(), f"the papers of store {day.shop.code}", 120)

    def _on_paper(self, day: Day) -> list[str]:
        """What a person sees on the counter and in the printer's mouth."""
        printer = self.world.bench.printer(day.shop.printer)
        return [code for paper in [*printer.papers(), printer.hanging()] for code in codes_of(paper)]

    def reconnect(self) -> None:
        """The line returns; nobody presses anything."""
        for day in self.days.values():
            self.report.check(
                f"store {day.shop.code}: unsent while cut", self.world.unsent(day.shop) > 0, True
            )
            day.shop.line.cut(PASS)
        began = time.monotonic()
        self._wait(
            lambda: all(self.world.unsent(day.shop) == 0 for day in self.days.values()), "the drain", 180
        )
        self.report.say(f"the line is back: both stores drained in {time.monotonic() - began:.1f} s")
        self._wait(self.world.hq_applied, "HQ to apply everything", 60)
        self._wait(lambda: all(map(self._has_told, self.days.values())), "the stores' own counts at HQ", 180)
        for day in self.days.values():
            day.leave()

    def _has_told(self, day: Day) -> bool:
        """Does HQ know the store's own count of all receipts? It is told once a minute."""
        documents = self.world.read_node(day.shop, "SELECT count(*) FROM document")
        return sum(one.receipts for one in self.world.told(day.shop)) == documents

    # -- parts -----------------------------------------------------------------------------------------

    def _next(self, day: Day, number: int) -> list[Basket]:
        start = len(day.sold)
        return day.plan[start : start + number]

    def _keep(self, day: Day, basket: Basket, sale: dict[str, Any], *, stepped: bool) -> None:
        """Note a finished sale; every 20th gives a piece back at once."""
        day.sold.append((basket, stepped))
        day.sales.append(sale["id"])
        if basket.returns:
            body = {
                "original": sale["id"],
                "reason": "changed_mind",
                "lines": [{"line": 1, "quantity": 1000}],
            }
            day.client.post("/returns", body)

    def in_both(self, work: Any) -> None:
        """The same in both stores at once; a failure in either ends the story."""
        failures: list[BaseException] = []

        def run(day: Day) -> None:
            try:
                work(day)
            except BaseException as error:  # noqa: BLE001 — handed over to the main thread below
                failures.append(error)

        threads = [threading.Thread(target=run, args=(day,)) for day in self.days.values()]
        _run_all(threads)
        if failures:
            raise failures[0]

    def _wait(self, condition: Any, what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited {seconds:.0f} s for {what}")
            time.sleep(0.1)


def codes_of(paper: Paper) -> list[str]:
    """What the QR codes of a paper say: a receipt says its own number, a report says none."""
    return [row.data for row in paper.rows if isinstance(row, Code) and row.kind == "qr"]


def _run_all(threads: Iterable[threading.Thread]) -> None:
    started = list(threads)
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
