"""A disk that was put back, after and before its sales were uploaded (SYNC §2, §4), on the real store 2.

After: the node is found behind at hello, begins a new incarnation and fetches its own sales back. Before: the
witness outside the copy tells at start that sales are missing; what was uploaded is kept, a new series begins,
and HQ names the terminal and the last number that can be proved.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from kit.db import engine_copy, engine_readonly_rows
from proof.demo.line import PASS, REFUSE
from proof.demo.profiles import MANAGER
from proof.demo.selfcheck.report import Report
from proof.demo.selfcheck.sell import by_api
from proof.demo.world import Shop, World
from proof.oracle.baskets import baskets

LOST = 3


class Restored:
    """The chapter on one store; `copy` is taken before the outage, `run` comes after everything was compared."""

    def __init__(self, world: World, shop: Shop, report: Report) -> None:
        self.world, self.shop, self.report = world, shop, report
        self.folder = world.root / "copy"

    def copy(self) -> None:
        """An image of the disk: database and witness."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        engine_copy(self.shop.home / "node.sqlite", self.folder / "node.sqlite")
        shutil.copy(self.witness, self.folder / "witness")

    def put_back(self, *, with_witness: bool) -> None:
        """Stop the node, put the copy in its place, start it."""
        self.shop.node.stop()
        for path in self.shop.home.glob("node.sqlite*"):
            if path.name != "node.sqlite.lock":
                path.unlink()
        shutil.copy(self.folder / "node.sqlite", self.shop.home / "node.sqlite")
        if with_witness:
            shutil.copy(self.folder / "witness", self.witness)
        self.shop.node.start()

    @property
    def witness(self) -> Path:
        """Where this store's witness lies."""
        return self.world.root / "witness" / self.shop.code

    def run(self) -> None:
        """Both cases."""
        self.after_upload()
        self.before_upload()

    def after_upload(self) -> None:
        """The copy from before the outage, witness inside it: only HQ can tell."""
        wanted, series = self._documents(), self._series()
        self.put_back(with_witness=True)
        self.report.check("restored disk: documents in the copy are fewer", self._documents() < wanted, True)
        self._wait(
            lambda: self._documents() == wanted and self.world.unsent(self.shop) == 0,
            "own sales to come back",
        )
        self.report.check(
            "restored after upload: documents fetched back, store = HQ", self._documents(), self._at_hq()
        )
        self.report.check("restored after upload: none doubled at HQ", self._at_hq(), wanted)
        self.report.check("restored after upload: a new series", self._series() != series, True)
        self.report.check("restored after upload: alarm at HQ", self._alarms("node.rollback"), 1)

    def before_upload(self) -> None:
        """Three sales that never left the disk; the witness outside knows of them."""
        self._sell(1)
        self._wait(lambda: self.world.unsent(self.shop) == 0, "the sale to be uploaded")
        self.copy()
        uploaded = self._at_hq()
        self.shop.line.cut(REFUSE)
        self._sell(LOST)
        last = self._last_number()
        series = self._series()
        self.put_back(with_witness=False)
        self.report.check(
            "restored before upload: a new series before the line is back", self._series() != series, True
        )
        self.shop.line.cut(PASS)
        self._wait(lambda: self._alarms("node.rollback") == 2, "the alarm at HQ")
        self.report.check(
            "restored before upload: every uploaded sale is kept", self._at_hq() >= uploaded, True
        )
        self.report.check(
            "restored before upload: HQ names the last provable number", self._named_at_hq(), last
        )
        self._sell(1)
        self._wait(lambda: self._at_hq() == uploaded + 1, "the first sale of the new series at HQ")
        self.report.check(
            "restored before upload: the store sells on, HQ has it", self._at_hq(), uploaded + 1
        )

    # -- parts -----------------------------------------------------------------------------------------

    def _sell(self, number: int) -> None:
        client = self.world.till(self.shop, "01", MANAGER)
        if client.refresh()["shift"] is None:
            client.post("/shift/open", {"float_minor": 50_000})
        for basket in baskets(self.shop.zone, number):
            by_api(client, basket)

    def _documents(self) -> int:
        return self.world.read_node(self.shop, "SELECT count(*) FROM document")

    def _at_hq(self) -> int:
        return self.world.read_hq(f"SELECT count(*) FROM sale WHERE store = '{self.shop.code}'")

    def _series(self) -> str:
        return self._text("SELECT series FROM inc WHERE current = 1")

    def _last_number(self) -> str:
        return self._text("SELECT number FROM document WHERE replayed = 0 ORDER BY at DESC, n DESC LIMIT 1")

    def _text(self, sql: str) -> str:
        rows = engine_readonly_rows(self.shop.home / "node.sqlite", sql)
        return str(rows[0][0]) if rows else ""

    def _alarms(self, code: str) -> int:
        return self.world.read_hq(
            f"SELECT count(*) FROM alarm WHERE store = '{self.shop.code}' AND code = '{code}'"
        )

    def _named_at_hq(self) -> str:
        """The number that HQ's newest alarm names for terminal 01."""
        rows = engine_readonly_rows(
            self.world.root / "hq" / "hq.sqlite",
            f"SELECT facts FROM alarm WHERE store = '{self.shop.code}' AND code = 'node.rollback'"
            " ORDER BY at DESC LIMIT 1",
        )
        if not rows:
            return ""
        named = json.loads(rows[0][0]).get("last_numbers", {}).get("01", "")
        return f"{self.shop.code}-01/{named}"

    def _wait(self, condition: Callable[[], bool], what: str, seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited {seconds:.0f} s for {what}")
            time.sleep(0.1)
