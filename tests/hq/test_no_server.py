"""A PostgreSQL that cannot be used: every command of `lianpu-hq` refuses in words, and no word is its password."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from hq.cli import main
from hq.commands import RUNNING_FILE, TOKEN_FILE
from proof.sockets import free_port

PASSWORD = "geheim-7q"


@pytest.fixture
def home(house_template: Path, tmp_path: Path) -> Path:
    """A stopped headquarters on SQLite, with a file that a restore would open."""
    shutil.copytree(house_template, tmp_path / "hq")
    (tmp_path / "a.backup").write_bytes(b"never opened")
    return tmp_path / "hq"


def told(home: Path, url: str, *command: str) -> Result:
    """What a command says that must use this database."""
    environment = {} if command[0] == "move-database" else {"LIANPU_HQ_DATABASE": url}
    return CliRunner().invoke(main, ["--home", str(home), *command], env=environment)


def nobody() -> str:
    """A port on which nobody listens."""
    return f"postgresql+psycopg://lianpu:{PASSWORD}@127.0.0.1:{free_port()}/lianpu?connect_timeout=5"


def refused(said: Result) -> str:
    """One refusal with exit code 1, no traceback, no password."""
    assert isinstance(said.exception, SystemExit), repr(said.exception)
    assert said.exit_code == 1
    assert PASSWORD not in said.output
    assert "Traceback" not in said.output
    return said.output


COMMANDS = (
    ("move-database", "--to", "{url}"), ("restore", "{file}"), ("run",), ("run", "--workers", "2"), ("doctor",),
    ("backup",), ("release",), ("init",), ("backup-key", "--new"),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_that_does_not_answer_is_named_and_the_command_refused(
    home: Path, command: tuple[str, ...]
) -> None:
    url = nobody()

    said = refused(
        told(home, url, *(word.format(url=url, file=home.parent / "a.backup") for word in command))
    )

    assert str(sa.make_url(url).port) in said
    assert "cannot be used" in said


@pytest.mark.postgres
@pytest.mark.parametrize(
    "command", [("move-database", "--to", "{url}"), ("restore", "{file}"), ("run",)], ids=" ".join
)
@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"database": "nobodys"}, 'database "nobodys" does not exist'), ({"username": "stranger"}, 'role "stranger"')],
    ids=["database", "user"],
)  # fmt: skip
def test_a_server_that_refuses_is_quoted(
    home: Path, postgres_server: str, command: tuple[str, ...], wrong: dict[str, str], why: str
) -> None:
    url = sa.make_url(postgres_server).set(**wrong, password=PASSWORD).render_as_string(hide_password=False)

    said = refused(
        told(home, url, *(word.format(url=url, file=home.parent / "a.backup") for word in command))
    )

    assert why in said


@pytest.mark.parametrize(
    "url",
    [
        f"no address of {PASSWORD}", f"postgresql://lianpu:{PASSWORD}@db/lianpu", f"mysql://lianpu:{PASSWORD}@db/lianpu",
        f"postgresql+psycopg://lianpu:x@{PASSWORD}@db/lianpu", f"postgresql+psycopg://lianpu:{PASSWORD}@db:{PASSWORD}/lianpu",
    ],
    ids=["no URL", "another driver", "another engine", "an @ in the password", "no port"],
)  # fmt: skip
@pytest.mark.parametrize(
    "command", [("move-database", "--to", "{url}"), ("restore", "{file}"), ("doctor",)], ids=" ".join
)
def test_an_address_that_names_no_postgresql_is_refused_and_not_repeated(
    home: Path, command: tuple[str, ...], url: str
) -> None:
    said = refused(
        told(home, url, *(word.format(url=url, file=home.parent / "a.backup") for word in command))
    )

    assert "postgresql+psycopg://" in said


def test_options_of_the_address_are_refused_without_their_values(home: Path) -> None:
    """A password may also stand behind the question mark."""
    said = refused(told(home, f"postgresql+psycopg://127.0.0.1/lianpu?password={PASSWORD}&bogus=1", "doctor"))

    assert "bogus" in said


def test_a_server_that_died_and_left_its_address_is_not_asked_in_vain(home: Path) -> None:
    """After a power cut neither HQ nor PostgreSQL is there: the refusal is that of the database."""
    (home / RUNNING_FILE).write_text(f'{{"url": "http://127.0.0.1:{free_port()}"}}')
    (home / TOKEN_FILE).write_text("a token")

    assert "cannot be used" in refused(told(home, nobody(), "backup"))
