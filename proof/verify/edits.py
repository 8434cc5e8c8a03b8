"""Proof of the verifier: change one thing at a time in copies of databases, and see whether it is named.

    python -m proof.verify.edits --node node.sqlite --hq hq.sqlite [--reference reference.sqlite] [--witness FILE]

The guards that refuse to edit the journal are taken off for the edit and put back, as a forger would.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from proof.verify.cli import verify
from proof.verify.crypto import digest_of
from proof.verify.edits_bodies import BODY_EDITS, BodyEdit, change_body, rehash
from proof.verify.edits_hq import HQ_EDITS
from proof.verify.edits_rows import HQ, NODE, REFERENCE, ROW_EDITS, RowEdit

Change = Callable[[sqlite3.Connection], str | None]


@dataclass(frozen=True)
class Edit:
    """One edit: which database, which check must name it, and the change, which returns the text to be named.

    The change returns None when there is nothing in this database to be changed in that way.
    """

    name: str
    database: str
    check: str
    change: Change


@dataclass(frozen=True)
class Outcome:
    """What became of an edit; `named` is None when it did not apply."""

    edit: Edit
    named: str | None
    caught: bool
    lines: tuple[str, ...] = ()


def edits() -> list[Edit]:
    """All of them."""
    return [
        *(Edit(row.name, row.database, row.check, _of_row(row)) for row in (*ROW_EDITS, *HQ_EDITS)),
        *(Edit(body.name, NODE, body.check, _of_body(body)) for body in BODY_EDITS),
        *_OTHERS,
    ]


def _of_row(edit: RowEdit) -> Change:
    def change(connection: sqlite3.Connection) -> str | None:
        cursor = connection.execute(edit.pick)
        row = cursor.fetchone()
        if row is None:
            return None
        facts = dict(zip((column[0] for column in cursor.description), row, strict=True))
        for statement in edit.change.split(";"):
            connection.execute(statement, facts)
        return edit.named.format(**facts)

    return change


def _of_body(edit: BodyEdit) -> Change:
    return lambda connection: change_body(connection, edit)


# -- edits of more than one row ----------------------------------------------------------------------------

_UNDO = (
    "DELETE FROM document_tender WHERE id = ?", "DELETE FROM document_line WHERE id = ?",
    "DELETE FROM document WHERE id = ?", "DELETE FROM posting WHERE id = ?", "DELETE FROM link WHERE id = ?",
    "DELETE FROM body WHERE id = ?",
)  # fmt: skip
_LAST_SALE = (
    "SELECT id, number, terminal, series FROM document WHERE kind = 'sale' ORDER BY at DESC, n DESC LIMIT 1"
)


def _cut(connection: sqlite3.Connection, id_: str) -> None:
    """Take an event and all its traces in journal, ledger and documents away."""
    connection.execute(
        "UPDATE balance SET quantity = quantity - coalesce((SELECT sum(p.quantity) FROM posting p WHERE p.id = ?"
        " AND p.account = balance.account AND p.commodity = balance.commodity), 0)",
        (id_,),
    )
    for sql in _UNDO:
        connection.execute(sql, (id_,))


def _last_sale_gone(connection: sqlite3.Connection) -> str | None:
    """The newest sale, not uploaded yet, vanishes with its number, its audit line, its papers and its basket."""
    row = connection.execute(_LAST_SALE).fetchone()
    if row is None:
        return None
    id_, number, terminal, series = row
    seq = connection.execute("SELECT seq FROM link WHERE id = ?", (id_,)).fetchone()[0]
    if (
        connection.execute("SELECT max(seq) FROM link JOIN inc USING (inc) WHERE current = 1").fetchone()[0]
        != seq
    ):
        return None
    connection.execute("DELETE FROM basket WHERE document = ?", (id_,))
    connection.execute("DELETE FROM print_job WHERE reference = ?", (id_,))
    connection.execute("DELETE FROM audit WHERE subject = ?", (f"sale:{id_}",))
    connection.execute(
        "UPDATE numbering SET last = last - 1 WHERE terminal = ? AND series = ?", (terminal, series)
    )
    _cut(connection, id_)
    return str(number)


def _last_sale_gone_but_audit(connection: sqlite3.Connection) -> str | None:
    row = connection.execute(_LAST_SALE).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE basket SET document = NULL, state = 'aborted' WHERE document = ?", (row[0],))
    connection.execute("DELETE FROM print_job WHERE reference = ?", (row[0],))
    _cut(connection, row[0])
    return f"sale:{row[0]}"


def _receipted_tail_gone(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT inc, seq FROM receipted ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        return None
    for (id_,) in connection.execute("SELECT id FROM link WHERE inc = ? AND seq >= ?", row).fetchall():
        _cut(connection, id_)
    return f"seq {row[1]}"


def _swapped(connection: sqlite3.Connection) -> str | None:
    """Two neighbours change places; every hash is computed anew."""
    rows = connection.execute(
        "SELECT l.inc, l.seq, d.number FROM link l JOIN document d ON d.id = l.id ORDER BY l.inc, l.seq LIMIT 1"
    ).fetchone()
    if rows is None:
        return None
    inc, seq, _ = rows
    ids = dict(
        connection.execute("SELECT seq, id FROM link WHERE inc = ? AND seq IN (?, ?)", (inc, seq, seq + 1))
    )
    for place, id_ in ((seq, ids[seq + 1]), (seq + 1, ids[seq])):
        connection.execute("UPDATE link SET id = ? WHERE inc = ? AND seq = ?", (id_, inc, place))
    rehash(connection)
    return f"seq {seq}"


def _sold_twice(connection: sqlite3.Connection) -> str | None:
    """The second sale claims the basket of the first."""
    first = connection.execute(
        "SELECT basket, number FROM document WHERE kind = 'sale' ORDER BY at LIMIT 1"
    ).fetchone()
    if first is None:
        return None

    def claim(facts: dict[str, object]) -> str:
        payload = facts["p"]
        assert isinstance(payload, dict)
        payload["basket"] = first[0]
        return str(first[0])

    return change_body(connection, BodyEdit("", "", "sale.completed", claim, at=1))


def _price_with_digest(connection: sqlite3.Connection) -> str | None:
    """A price is lowered in the store's own copy, and the digest made to fit."""
    row = connection.execute("SELECT scope, kind, key FROM row WHERE kind = 'price' LIMIT 1").fetchone()
    if row is None:
        return None
    connection.execute("UPDATE row SET bytes = x'7b7d' WHERE scope = ? AND kind = ? AND key = ?", row)
    rows = connection.execute("SELECT kind, key, bytes FROM row WHERE scope = ?", row[:1]).fetchall()
    connection.execute("UPDATE scope SET digest = ? WHERE scope = ?", (digest_of(rows), row[0]))
    return f"scope {row[0]}: HQ published another version"


def _hq_tail_gone(connection: sqlite3.Connection) -> str | None:
    """HQ forgets the last event that it has receipted, as after a restore."""
    row = connection.execute(
        "SELECT node, inc, seq FROM origin WHERE node <> 'hq' AND seq > 1 ORDER BY node LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    for table in ("link", "body", "head_signature"):
        connection.execute(f"DELETE FROM {table} WHERE node = ? AND inc = ? AND seq = ?", row)
    for sql in (
        "UPDATE origin SET seq = seq - 1, hash = (SELECT hash FROM link l WHERE l.inc = origin.inc"
        " AND l.seq = origin.seq - 1) WHERE node = ? AND inc = ? AND seq = ?",
        "UPDATE applied SET seq = seq - 1 WHERE node = ? AND inc = ? AND seq = ?",
    ):
        connection.execute(sql, row)
    return f"seq {row[2]}"


_OTHERS = (
    Edit("last_sale_gone", NODE, "witness", _last_sale_gone),
    Edit("last_sale_gone_but_audit", NODE, "audit", _last_sale_gone_but_audit),
    Edit("receipted_tail_gone", NODE, "receipts", _receipted_tail_gone),
    Edit("events_swapped", NODE, "agree.log", _swapped),
    Edit("basket_sold_twice", NODE, "basket.once", _sold_twice),
    Edit("reference_price_with_digest", REFERENCE, "reference.digests", _price_with_digest),
    Edit("hq_tail_gone", HQ, "agree.log", _hq_tail_gone),
)


# -- running them ------------------------------------------------------------------------------------------


@contextmanager
def editing(path: Path, keep_guards: bool = True) -> Iterator[sqlite3.Connection]:
    """A connection without guards and constraints; the guards are put back at the end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f'DROP TRIGGER "{name}"')
        yield connection
        for _, sql in guards if keep_guards else guards[1:]:
            connection.execute(sql)


def run(edit: Edit, originals: dict[str, Path], witnesses: Sequence[Path], folder: Path) -> Outcome:
    """Copy all databases into `folder`, edit one, judge all, and look for the name."""
    copies = {}
    for name, path in originals.items():
        copies[name] = folder / f"{name}.sqlite"
        shutil.copyfile(path, copies[name])
    if edit.database not in copies:
        return Outcome(edit, None, False)
    with editing(copies[edit.database], keep_guards=edit.check != "guards") as connection:
        named = edit.change(connection)
    if named is None:
        return Outcome(edit, None, False)
    report = verify(list(copies.values()), witnesses=witnesses)
    lines = [
        finding.text for check in report.checks if check.name == edit.check for finding in check.findings
    ]
    return Outcome(edit, named, any(named in line for line in lines), tuple(lines))


def settled(path: Path, folder: Path) -> Path:
    """A copy in one file, taken through the engine so that a write-ahead log is part of it."""
    copy = folder / f"{path.parent.name}-{path.name}"
    source, target = sqlite3.connect(f"file:{path.absolute()}?mode=ro", uri=True), sqlite3.connect(copy)
    with closing(source), closing(target):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    return copy


def main(argv: Sequence[str] | None = None) -> int:
    """Run all edits and say which were not named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in (NODE, HQ):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument(f"--{REFERENCE}", type=Path)
    parser.add_argument("--witness", type=Path, action="append", default=[])
    said = parser.parse_args(argv)
    counts = {"named": 0, "MISSED": 0, "not applicable": 0}
    with tempfile.TemporaryDirectory(prefix="lianpu-edits-") as name:
        folder = Path(name)
        paths = {key: getattr(said, key) for key in (NODE, HQ, REFERENCE) if getattr(said, key)}
        originals = {key: settled(path, folder) for key, path in paths.items()}
        for edit in edits():
            outcome = run(edit, originals, said.witness, folder)
            word = "named" if outcome.caught else "MISSED" if outcome.named else "not applicable"
            counts[word] += 1
            print(f"{word:15} {edit.name:32} [{edit.check}] {outcome.named or ''}")
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["MISSED"] else 0


if __name__ == "__main__":
    sys.exit(main())
