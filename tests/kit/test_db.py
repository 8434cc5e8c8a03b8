"""One SQLite file, opened the one way that keeps a sale."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit import db as kit_db
from kit.db import (
    READER_SETTINGS,
    WRITER_SETTINGS,
    Database,
    DatabaseReplaced,
    OperationalError,
    apply_settings,
    check_engine,
    migrate,
    split_statements,
)
from retail.errors import DatabaseBusy, Misconfigured
from tests.house.conftest import ROOT


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "a.sqlite")
    with database.write() as tx:
        tx.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT")
    yield database
    database.close()


def count(database: Database) -> int:
    return int(database.value("SELECT count(*) FROM t"))


# -- opening -----------------------------------------------------------------------------------------------


def test_every_setting_is_in_force_on_writer_and_readers(db: Database) -> None:
    seen = {name: db.writer.execute(f"PRAGMA {name}").fetchone()[0] for name in WRITER_SETTINGS}
    assert seen == WRITER_SETTINGS

    with db.read() as reader:
        seen = {name: reader.execute(f"PRAGMA {name}").fetchone()[0] for name in READER_SETTINGS}
    assert seen == READER_SETTINGS


@pytest.mark.parametrize("name", ["synchronous", "foreign_keys", "trusted_schema", "cell_size_check"])
def test_a_setting_that_does_not_take_is_refused_by_name(tmp_path: Path, name: str) -> None:
    connection = kit_db.engine.connect(tmp_path / "a.sqlite", isolation_level=None)

    with pytest.raises(Misconfigured) as refused:
        apply_settings(connection, {name: 77}, "a.sqlite")

    assert len(refused.value.problems) == 1 and f"PRAGMA {name} is" in refused.value.problems[0]


def test_a_database_that_cannot_be_write_ahead_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match="PRAGMA journal_mode is 'memory'"):
        Database("file::memory:?cache=shared", lock=False)
    Path("file::memory:?cache=shared").unlink(missing_ok=True)


def test_a_file_that_is_no_database_is_refused_by_name_and_gives_its_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"no database at all, only words " * 200)

    for _ in range(2):
        with pytest.raises(Misconfigured, match="a.sqlite: file is not a database"):
            Database(path)


def test_a_schema_that_is_no_text_any_more_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = Database(path)
    with database.write() as tx:
        tx.execute("CREATE TABLE one (name TEXT) STRICT")
    database.close()
    damaged = path.read_bytes().replace(b"tableoneone", b"table\xe3neone")
    path.write_bytes(damaged.replace(b"CREATE TABLE one", b"CREATE TEBLE one"))

    with pytest.raises(Misconfigured, match="a.sqlite: "):
        Database(path)


def test_the_engine_is_named_and_new_enough() -> None:
    assert tuple(map(int, kit_db.ENGINE_VERSION.split("."))) >= kit_db.ENGINE_VERSION_MIN


def test_an_engine_with_the_wal_reset_bug_is_refused_where_a_fixed_one_exists() -> None:
    with pytest.raises(Misconfigured, match="SQLite 3.40.1 is too old"):
        check_engine((3, 40, 1), "x86_64")
    with pytest.raises(Misconfigured, match="SQLite 3.51.2 is too old"):
        check_engine((3, 51, 2), "AMD64")
    check_engine((3, 51, 3), "x86_64")
    check_engine((3, 40, 1), "aarch64")


def test_the_same_file_is_not_opened_twice(db: Database) -> None:
    with pytest.raises(Misconfigured, match="in use by another Lianpu process"):
        Database(db.path)


def test_a_second_process_is_refused_by_name(db: Database) -> None:
    program = (
        "import sys; from kit.db import Database; from retail.errors import Misconfigured\n"
        "try: Database(sys.argv[1])\n"
        "except Misconfigured as error: print(error); sys.exit(3)\n"
    )

    found = subprocess.run(
        [sys.executable, "-c", program, db.path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (found.returncode, found.stdout) == (
        3,
        f"{db.path} is in use by another Lianpu process; stop it or use its commands\n",
    )


def test_a_closed_database_can_be_opened_again(tmp_path: Path) -> None:
    Database(tmp_path / "a.sqlite").close()
    Database(tmp_path / "a.sqlite").close()


def test_a_path_with_odd_letters_reads_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "100% 店#1?"
    folder.mkdir()
    database = Database(folder / "a.sqlite")
    with database.write() as tx:
        tx.execute("CREATE TABLE t (n INTEGER) STRICT")
        tx.execute("INSERT INTO t VALUES (7)")

    assert database.value("SELECT n FROM t") == 7
    database.close()


def test_a_place_where_nothing_may_be_written_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no-such-folder"):
        Database(tmp_path / "no-such-folder" / "a.sqlite")


# -- writing -----------------------------------------------------------------------------------------------


def test_an_error_in_a_transaction_leaves_nothing(db: Database) -> None:
    with pytest.raises(RuntimeError, match="stop"), db.write() as tx:
        tx.execute("INSERT INTO t VALUES (1, 'one')")
        raise RuntimeError("stop")

    assert count(db) == 0


def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"), db.read() as reader:
        reader.execute("INSERT INTO t VALUES (1, 'one')")


def test_a_query_inside_a_read_sees_the_same_snapshot(db: Database) -> None:
    with db.read() as reader:
        assert reader.execute("SELECT count(*) FROM t").fetchone()[0] == 0
        with db.write() as tx:
            tx.execute("INSERT INTO t VALUES (1, 'one')")
        assert count(db) == 0
    assert count(db) == 1


def test_a_lock_of_another_program_is_a_clear_busy(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite")
    with database.write() as tx:
        tx.execute("CREATE TABLE t (n INTEGER) STRICT")
    database.writer.execute("PRAGMA busy_timeout=50")
    backup_tool = kit_db.engine.connect(database.path, isolation_level=None)
    backup_tool.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseBusy) as refused, database.write():
        pass

    assert refused.value.code == "db.busy"
    backup_tool.execute("ROLLBACK")
    backup_tool.close()
    with database.write() as tx:
        tx.execute("INSERT INTO t VALUES (1)")
    database.close()


def test_an_error_at_begin_that_is_no_lock_is_not_called_busy(db: Database) -> None:
    with pytest.raises(OperationalError, match="within a transaction"), db.write(), db.write():
        pass


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_a_file_that_was_swapped_while_running_takes_no_write(db: Database, suffix: str, what: str) -> None:
    path = Path(db.path + suffix)
    with db.write() as tx:
        tx.execute("INSERT INTO t VALUES (1, 'before')")
    content = path.read_bytes()

    path.unlink()
    if what == "replaced":
        path.write_bytes(content)

    with pytest.raises(DatabaseReplaced) as refused, db.write() as tx:
        tx.execute("INSERT INTO t VALUES (2, 'into nowhere')")
    assert (refused.value.code, refused.value.facts) == ("db.replaced", {"path": db.path})


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_file_that_is_swapped_in_the_middle_of_a_write_is_not_acknowledged(
    db: Database, suffix: str
) -> None:
    with pytest.raises(DatabaseReplaced), db.write() as tx:
        tx.execute("INSERT INTO t VALUES (1, 'into nowhere')")
        os.rename(db.path + suffix, db.path + ".away")


def test_a_full_disk_is_an_error_and_the_next_write_goes_on(db: Database) -> None:
    pages = int(db.value("PRAGMA page_count"))
    db.writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(OperationalError, match="full"), db.write() as tx:
        tx.executemany("INSERT INTO t (word) VALUES (?)", [("x" * 3000,) for _ in range(50)])

    db.writer.execute("PRAGMA max_page_count=1000")
    with db.write() as tx:
        tx.execute("INSERT INTO t VALUES (1, 'fits')")

    assert count(db) == 1


def test_readers_of_threads_that_ended_are_given_back(db: Database) -> None:
    for _ in range(20):
        thread = threading.Thread(target=count, args=(db,))
        thread.start()
        thread.join()

    assert db.reader_count() <= 2


# -- migrations --------------------------------------------------------------------------------------------


def folder_of(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "sql"
    folder.mkdir(exist_ok=True)
    for name, sql in files.items():
        (folder / f"{name}.sql").write_text(sql, encoding="utf-8")
    return folder


def test_migrations_run_once_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        **{
            "0002_more": "ALTER TABLE a ADD COLUMN word TEXT;",
            "0001_first": "-- the beginning\nCREATE TABLE a (n INTEGER) STRICT;\n",
        },
    )
    database = Database(":memory:")

    assert migrate(database, folder, "x") == ["0001_first", "0002_more"]
    assert migrate(database, folder, "x") == []


def test_a_migration_that_fails_midway_leaves_the_old_state_and_runs_again(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        **{
            "0001_first": "CREATE TABLE a (n INTEGER) STRICT;",
            "0002_bad": "CREATE TABLE b (n INTEGER) STRICT;\nINSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES (1);",
        },
    )
    database = Database(tmp_path / "a.sqlite")

    with pytest.raises(OperationalError, match="no such table: nowhere"):
        migrate(database, folder, "x")

    tables = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')")]
    assert tables == ["a"] and database.value("SELECT count(*) FROM a") == 0
    folder_of(tmp_path, **{"0002_bad": "CREATE TABLE b (n INTEGER) STRICT;"})
    assert migrate(database, folder, "x") == ["0002_bad"]
    database.close()


def test_the_list_of_migrations_comes_with_its_index_or_not_at_all(tmp_path: Path) -> None:
    """PW-06: a power cut between two commits would leave a database without the index for ever."""
    said: list[str] = []
    database = Database(tmp_path / "a.sqlite")
    database.writer.set_trace_callback(said.append)

    migrate(database, folder_of(tmp_path, **{"0001_a": "CREATE TABLE a (n INTEGER);"}), "x")

    database.writer.set_trace_callback(None)
    table = next(n for n, text in enumerate(said) if text.startswith("CREATE TABLE"))
    index = next(n for n, text in enumerate(said) if text.startswith("CREATE UNIQUE INDEX"))
    assert table < index and not any(text.startswith("COMMIT") for text in said[table:index])
    database.close()


def test_a_database_of_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, **{"0001_a": "CREATE TABLE a (n INTEGER);", "0002_b": "CREATE TABLE b (n INTEGER);"}
    )
    database = Database(":memory:")
    migrate(database, folder, "x")
    (folder / "0002_b.sql").unlink()

    with pytest.raises(Misconfigured, match="newer version of Lianpu: 0002_b"):
        migrate(database, folder, "x")


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", []),
        ("-- only words\n", []),
        ("SELECT 1;", ["SELECT 1;"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1;", "SELECT 2;"]),
        ("SELECT ';';\n-- a ; in a comment\nSELECT 2;", ["SELECT ';';", "-- a ; in a comment\nSELECT 2;"]),
        (
            "CREATE TRIGGER g BEFORE UPDATE ON t BEGIN SELECT 1; SELECT 2; END;\nSELECT 3;",
            ["CREATE TRIGGER g BEFORE UPDATE ON t BEGIN SELECT 1; SELECT 2; END;", "SELECT 3;"],
        ),
        ("SELECT 1; -- said\n", ["SELECT 1;"]),
    ],
)
def test_a_script_is_cut_into_statements(script: str, statements: list[str]) -> None:
    assert split_statements(script) == statements


def test_an_unfinished_statement_is_named() -> None:
    with pytest.raises(Misconfigured, match="unfinished SQL statement: SELECT 2"):
        split_statements("SELECT 1;\nSELECT 2")


def test_integrity_problems_of_a_sound_database_are_none(db: Database) -> None:
    assert db.integrity_problems() == []
