"""Damage that a start comes upon: every command says it in words, and the one by hand mends what can be mended."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from edge.cli import main
from kit.db import Database
from proof.crash.boot import judged_by_verify
from tests.edge.scrub.conftest import Scrubbed

REMEDY = "`lianpu-edge scrub --repair` keeps what can be read"


def lianpu_edge(store: Scrubbed, *words: str) -> Result:
    environment = {"LIANPU_EDGE_WITNESS": str(store.root / "home.witness")}
    return CliRunner().invoke(main, ["--home", str(store.file.parent), *words], env=environment)


def give_the_head(store: Scrubbed, hash_: bytes | None) -> int:
    """A drive has lost a page: behind the newest link stands one with this for a hash. Returns its place."""
    head = store.node.journal.head
    store.close()
    database = Database(store.file)
    writer = database.writer
    before = database.value("SELECT sql FROM sqlite_schema WHERE name = 'link'")
    schema = "UPDATE sqlite_schema SET sql = ? WHERE name = 'link'"
    writer.execute("PRAGMA writable_schema = 1")
    writer.execute("PRAGMA ignore_check_constraints = 1")
    writer.execute(schema, (before.replace("hash BLOB NOT NULL", "hash BLOB"),))
    writer.execute("PRAGMA writable_schema = RESET")
    writer.execute(
        "INSERT INTO link SELECT inc, seq + 1, prev, bh, ?, id, 0 FROM link WHERE inc = ? AND seq = ?",
        (hash_, head.inc, head.seq),
    )
    writer.execute("PRAGMA writable_schema = 1")
    writer.execute(schema, (before,))
    database.close()
    return head.seq + 1


@pytest.mark.parametrize("command", ["run", "doctor", "scrub"])
def test_a_head_without_a_hash_is_refused_in_words(store: Scrubbed, command: str) -> None:
    seq = give_the_head(store, None)

    result = lianpu_edge(store, command)

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert f"link {seq} of " in result.output and "has no hash" in result.output
    assert REMEDY in result.output


@pytest.mark.parametrize("hash_", [None, b"short"])
def test_a_head_without_a_hash_is_left_behind_by_the_repair(store: Scrubbed, hash_: bytes | None) -> None:
    seq = give_the_head(store, hash_)

    result = lianpu_edge(store, "scrub", "--repair")

    assert result.exit_code == 0, result.output
    assert store.open().journal.head.seq == seq - 1
    assert store.sell("A")
    assert judged_by_verify(store.root) == []
    assert list(store.file.parent.glob("node.sqlite.damaged-*"))


def test_pages_that_a_start_cannot_read_are_refused_in_words(store: Scrubbed) -> None:
    root = store.node.db.value("SELECT rootpage FROM sqlite_schema WHERE name = 'body'")
    size = store.node.db.value("PRAGMA page_size")
    store.close()
    with store.file.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(bytes(size))

    result = lianpu_edge(store, "run")

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "malformed" in result.output and REMEDY in result.output


def test_a_file_of_which_nothing_can_be_read_names_the_other_way(store: Scrubbed) -> None:
    store.close()
    store.file.write_bytes(b"x" * 100_000)

    result = lianpu_edge(store, "scrub", "--repair")

    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "`lianpu-edge rebuild` brings the store back" in result.output
    assert store.file.read_bytes() == b"x" * 100_000
