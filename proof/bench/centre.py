"""The bare Python centre: unpack a batch, decode it, one transaction, answer. What no centre in Python does without.

It trusts everybody: no session, no chain, no signature, no body kept, no postings of money, no balances, no audit and
no index beside the key that dedupes. Its tables hold header, lines, tenders and stock movements of a sale. One FULL
commit in write-ahead mode a batch. `python -m proof.bench.centre FILE PORT` serves it with the same web server as HQ.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kit import db as sqlite
from kit.listener import Listener
from proof.demo.processes import Child
from schemas.events.sales import SaleCompleted
from schemas.wire import frame
from sync import guard

BATCH = 500
TAKEN = "/take"
TABLES = {
    "sale": "id, at, day, shift, number, terminal, series, n, currency, pieces, gross, discount, total, rounding,"
    " payable, change",
    "line": "id, n, sku, code, name, quantity, unit, price, gross, discount, total, tax_code, tax, price_ref",
    "tender": "id, n, kind, amount, given, change, approval",
    "stock": "id, n, account, commodity, quantity",
}
KEYS = {"sale": "id", "line": "id, n", "tender": "id, n", "stock": "id, n"}
Rows = dict[str, list[tuple[Any, ...]]]
"""Per table its rows."""
Start = Callable[[str, list[tuple[str, str]]], Any]


class Stock(msgspec.Struct):
    """Of an event only what is inserted."""

    id: str
    at: int
    day: str
    p: SaleCompleted
    post: list[tuple[str, str, int]]
    shift: str = ""


_decode = msgspec.json.Decoder(Stock).decode


def pack(bodies: Sequence[bytes]) -> bytes:
    """A batch on its way: as many bodies as the count says, gzip around them as in the product."""
    return guard.compress(len(bodies).to_bytes(4, "big") + frame.join(bodies))


def batches(bodies: Sequence[bytes], size: int = BATCH) -> Iterator[bytes]:
    """All bodies, packed."""
    for start in range(0, len(bodies), size):
        yield pack(bodies[start : start + size])


def unpack(packed: bytes) -> list[Stock]:
    """The events of a batch."""
    plain = guard.inflate(packed)
    return [_decode(body) for body in frame.split(plain[4:], int.from_bytes(plain[:4], "big"))]


def moved(event: Stock) -> Iterator[tuple[str, str, int]]:
    """The postings of goods on the shelf."""
    return (post for post in event.post if post[0].endswith(":on_hand"))


def rows_of(events: Iterable[Stock]) -> Rows:
    """What the tables take."""
    rows: Rows = {name: [] for name in TABLES}
    for event in events:
        sale, id_ = event.p, event.id
        rows["sale"].append((
            id_, event.at, event.day, event.shift, sale.number, sale.terminal, sale.series, sale.n, sale.currency,
            sale.pieces, sale.gross_minor, sale.discount_minor, sale.total_minor, sale.rounding_minor,
            sale.payable_minor, sale.change_minor,
        ))  # fmt: skip
        rows["line"] += [
            (
                id_, line.line, line.sku, line.code, line.name.get("en", ""), line.quantity, line.unit,
                line.unit_price_minor, line.gross_minor, line.discount_minor, line.total_minor, line.tax_code,
                line.tax_minor, line.price_ref,
            )
            for line in sale.lines
        ]  # fmt: skip
        rows["tender"] += [
            (id_, n, paid.kind, paid.amount_minor, paid.given_minor, paid.change_minor, paid.approval)
            for n, paid in enumerate(sale.tenders)
        ]
        rows["stock"] += [(id_, n, *post) for n, post in enumerate(moved(event))]
    return rows


class BareCentre:
    """The tables in a SQLite file; `take` is safe from any thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite.dbapi.connect(str(path), check_same_thread=False, isolation_level=None)
        sqlite.apply_settings(self._db, sqlite.WRITER_SETTINGS, str(path))
        self._lock = threading.Lock()
        self._insert = {}
        for name, columns in TABLES.items():
            self._db.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({KEYS[name]})) WITHOUT ROWID")
            marks = ", ".join("?" * (columns.count(",") + 1))
            self._insert[name] = f"INSERT INTO {name} VALUES ({marks}) ON CONFLICT DO NOTHING"

    def take(self, packed: bytes) -> bytes:
        """One batch, on the disk before the answer."""
        rows = rows_of(unpack(packed))
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            for name, many in rows.items():
                self._db.executemany(self._insert[name], many)
            self._db.execute("COMMIT")
        return b'{"taken":%d}' % len(rows["sale"])

    def sales(self) -> int:
        """How many there are."""
        return int(self._db.execute("SELECT COUNT(*) FROM sale").fetchone()[0])

    def close(self) -> None:
        """Give the file back."""
        self._db.close()


# -- over HTTP ---------------------------------------------------------------------------------------------


def application(centre: BareCentre) -> Callable[[dict[str, Any], Start], list[bytes]]:
    """POST a batch; GET says how many sales there are."""

    def answer(environ: dict[str, Any], start: Start) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            said = centre.take(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        else:
            said = str(centre.sales()).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(said)))])
        return [said]

    return answer


def process(folder: Path, port: int) -> Child:
    """A bare centre in a process of its own, not started."""
    return Child(
        "bare centre", ["-m", "proof.bench.centre", str(folder / "bare.sqlite"), str(port)],
        f"http://127.0.0.1:{port}/", folder / "bare.log",
    )  # fmt: skip


def main(path: str, port: str) -> None:
    """Serve until the process is ended."""
    Listener(("127.0.0.1", int(port)), application(BareCentre(Path(path))), numthreads=32).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
