"""From SQLite to PostgreSQL: killed anywhere and begun again, every table comes out equal (HS-06)."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hq import months
from hq.headquarters import Headquarters
from hq.moving import marks
from hq.moving.actions import move
from kit.clock import ManualClock
from kit.sql import SqlDatabase, run
from proof.sim.books import digests
from retail.errors import Misconfigured
from tests.builders.hq import a_house, a_product
from tests.house.conftest import ROOT

pytestmark = pytest.mark.postgres


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A stopped headquarters with products, prices, people, and sales that a store has pushed."""
    house = a_house(tmp_path / "hq")
    a_product(house, code="2000000000206")
    till = house.device("001")
    till.take_back(till.sell(pieces=2), "001-01/K7Q2M-1")
    till.push()
    house.hq.close()
    return tmp_path / "hq"


@pytest.fixture
def old_books(home: Path) -> dict[str, str]:
    return books_of(f"sqlite:///{home / 'hq.sqlite'}")


def books_of(url: str) -> dict[str, str]:
    """A hash of every table, by other code than the move's own."""
    database = SqlDatabase(url)
    found = digests(database)
    database.close()
    return found


def months_rest(url: str) -> dict[str, int]:
    database = SqlDatabase(url)
    found = months.rest(database)
    database.close()
    return found


def silent(_line: str) -> None:
    pass


def test_every_table_is_equal_and_the_same_headquarters_goes_on(
    home: Path, old_books: dict[str, str], postgres_database: str
) -> None:
    sums = move(home, postgres_database, silent)

    assert books_of(postgres_database) == old_books
    assert sums.keys() == old_books.keys()
    assert sums["sale"].rows == 2
    assert months_rest(postgres_database) == {}
    hq = Headquarters.open(home, clock=ManualClock(), url=postgres_database)
    with hq.db.write() as connection:
        run(connection, "DELETE FROM sale_line WHERE line = 9")
    hq.close()


LONG = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=9000))  # no engine packs it


@pytest.mark.parametrize(
    ("column", "text", "why"), [("reason", "x\0y", "NUL"), ("number", LONG, "index row")]
)
def test_a_text_that_postgresql_refuses_is_named_with_its_table_and_key(
    home: Path, old_books: dict[str, str], postgres_database: str, column: str, text: str, why: str
) -> None:
    """Older versions kept it on SQLite. Once it is mended the move goes on."""
    id_, kept = changed(home, column, text)

    for _again in (1, 2):
        with pytest.raises(Misconfigured) as refused:
            move(home, postgres_database, silent)
        assert f"the row of sale with store = '001', id = '{id_}'" in str(refused.value)
        assert why in str(refused.value)

    assert not (home / marks.FILE).exists()
    changed(home, column, kept)
    move(home, postgres_database, silent)
    assert books_of(postgres_database) == old_books


def changed(home: Path, column: str, text: str) -> tuple[str, str]:
    """The return in the old database says this instead; answers its id and what it said."""
    database = SqlDatabase(f"sqlite:///{home / 'hq.sqlite'}")
    id_, said = database.rows(f"SELECT id, {column} FROM sale WHERE kind = 'return'")[0]
    with database.write() as connection:
        run(connection, f"UPDATE sale SET {column} = :text WHERE id = :id", {"text": text, "id": id_})
    database.close()
    return id_, said


KILLED_AFTER = (
    "alarm: ",
    "audit_entry: copying",
    "body: ",
)  # early: the command must not end before the signal


@pytest.fixture
def killed(home: Path, postgres_database: str) -> Iterator[list[str]]:
    """The command in a process of its own, killed as soon as it says these words, once for each of them."""
    said = [kill_at(words, home, postgres_database) for words in KILLED_AFTER]
    yield said


# The command itself, but the word on which it dies is the last it says: a kill from outside may come when all is done.
DIES = """
import os, signal, sys, click
words, echo = sys.argv.pop(1), click.echo
def told(message=None, *rest, **named):
    echo(message, *rest, **named)
    if str(message).startswith(words):
        os.kill(os.getpid(), signal.SIGKILL)
click.echo = told
from hq.cli import main
main()
"""


def kill_at(words: str, home: Path, url: str) -> str:
    """SIGKILL when a line begins so; returns that line."""
    command = [sys.executable, "-u", "-c", DIES, words, "--home", str(home), "move-database", "--to", url]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.splitlines()[-1] if done.returncode == -signal.SIGKILL else f"never said {words}"


def test_killed_in_three_places_it_goes_on_and_all_is_equal(
    home: Path, old_books: dict[str, str], postgres_database: str, killed: list[str]
) -> None:
    assert [line.startswith(words) for line, words in zip(killed, KILLED_AFTER, strict=True)] == [True] * 3
    with pytest.raises(Misconfigured, match="half moved"):
        Headquarters.open(home, url=postgres_database)

    told: list[str] = []
    move(home, postgres_database, told.append)

    assert books_of(postgres_database) == old_books
    assert "audit_entry: copying" not in "".join(told)  # what was proven before the kill is left


def test_a_server_that_goes_away_in_the_middle_is_told_in_words_and_the_same_command_goes_on(
    home: Path, old_books: dict[str, str], postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    administrator = SqlDatabase(postgres_database)

    def told(line: str) -> None:
        if line.startswith("body: copying"):
            administrator.value(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(Misconfigured, match="broke off.*run the same command again"):
        move(home, postgres_database, told)
    assert caplog.text == ""  # nor does the pool of connections print a traceback

    assert not (home / marks.FILE).exists()
    move(home, postgres_database, silent)
    assert books_of(postgres_database) == old_books
    administrator.close()


def test_a_headquarters_that_has_gone_on_is_never_filled_again(home: Path, postgres_database: str) -> None:
    """The note beside the old file is gone, that folder was put back from a copy perhaps: the new books stay."""
    move(home, postgres_database, silent)
    (home / marks.FILE).unlink()
    moved = SqlDatabase(postgres_database)
    with moved.write() as connection:
        run(connection, "INSERT INTO hq_meta (name, value) VALUES ('sold', 'since')")
    moved.close()

    with pytest.raises(Misconfigured, match="one of the two has gone on since"):
        move(home, postgres_database, silent)

    moved = SqlDatabase(postgres_database)
    assert moved.value("SELECT value FROM hq_meta WHERE name = 'sold'") == "since"
    moved.close()
    assert not (home / marks.FILE).exists()


def test_killed_between_the_mark_and_the_note_only_the_note_is_written(
    home: Path, postgres_database: str
) -> None:
    sums = move(home, postgres_database, silent)
    (home / marks.FILE).unlink()

    assert move(home, postgres_database, silent) == sums

    with pytest.raises(Misconfigured, match="was moved"):
        Headquarters.open(home)


def test_what_changed_between_two_tries_is_copied_again(home: Path, postgres_database: str) -> None:
    """The operator gave up, traded on with SQLite for a day, and tries again."""
    kill_at("body: ", home, postgres_database)
    database = SqlDatabase(f"sqlite:///{home / 'hq.sqlite'}")
    with database.write() as connection:
        run(connection, "UPDATE sale SET total_minor = total_minor + 1")
    database.close()

    move(home, postgres_database, silent)

    assert books_of(postgres_database) == books_of(f"sqlite:///{home / 'hq.sqlite'}")


def test_a_target_with_anything_in_it_is_refused_untouched(
    home: Path, postgres_database: str, tmp_path: Path
) -> None:
    foreign = Headquarters.open(tmp_path / "other", url=postgres_database)
    foreign.close()
    before = books_of(postgres_database)

    with pytest.raises(Misconfigured, match="not empty"):
        move(home, postgres_database, silent)
    assert books_of(postgres_database) == before


def test_a_running_headquarters_is_not_moved(home: Path, postgres_database: str) -> None:
    hq = Headquarters.open(home)
    with pytest.raises(Misconfigured, match="in use"):
        move(home, postgres_database, silent)
    hq.close()


def test_the_old_database_is_not_opened_again_by_mistake(home: Path, postgres_database: str) -> None:
    move(home, postgres_database, silent)

    with pytest.raises(Misconfigured, match="was moved to"):
        Headquarters.open(home)
    with pytest.raises(Misconfigured, match="not on SQLite any more"):
        move(home, postgres_database, silent)


def test_a_table_that_does_not_come_out_equal_is_named_and_not_kept(
    home: Path, postgres_database: str
) -> None:
    """The planted fault: the server changes a row as it is written."""
    kill_at("alarm: ", home, postgres_database)
    database = SqlDatabase(postgres_database)
    with database.write() as connection:
        for sql in (
            "CREATE FUNCTION bent() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.total_minor := NEW.total_minor + 1; RETURN NEW; END $$",
            "CREATE TRIGGER bent BEFORE INSERT ON sale FOR EACH ROW EXECUTE FUNCTION bent()",
        ):
            connection.exec_driver_sql(sql)

    with pytest.raises(Misconfigured, match="sale does not come out equal"):
        move(home, postgres_database, silent)

    assert database.value("SELECT count(*) FROM sale") == 0
    with database.read() as connection:
        assert marks.read(connection).startswith(marks.MOVING)
    database.close()
