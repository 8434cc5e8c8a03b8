"""A headquarters on PostgreSQL is judged like one in a file, and nothing at the server is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from hq.moving.actions import move
from proof.verify.cli import main

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(evidence: dict[str, Path], tmp_path: Path, postgres_database: str) -> str:
    """The headquarters of the evidence, moved to a server."""
    home = tmp_path / "hq"
    shutil.copytree(evidence["hq"].parent / "hq", home)
    shutil.copy(evidence["hq"], home / "hq.sqlite")
    move(home, postgres_database, print)
    return postgres_database


def change(address: str, sql: str) -> int:
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        changed = connection.exec_driver_sql(sql).rowcount
    engine.dispose()
    return changed


def judged(capsys: pytest.CaptureFixture[str], *paths: object) -> tuple[int, list[str]]:
    capsys.readouterr()
    status = main([str(path) for path in paths])
    return status, [line for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG")]


def test_everything_holds_between_stores_and_a_server(evidence, address, capsys):
    assert judged(capsys, evidence["s1"], evidence["s2"], address) == (0, [])


def test_a_total_that_was_changed_at_the_server_is_found(evidence, address, capsys):
    assert change(address, "UPDATE sale SET total_minor = total_minor + 1 WHERE n = 1 AND terminal = '01'")

    status, wrong = judged(capsys, evidence["s1"], address)

    assert status == 1
    assert any("sale" in line for line in wrong)


def test_a_server_that_is_not_there_is_no_finding_and_its_password_is_not_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["postgresql://reader:hush@127.0.0.1:1/lianpu?connect_timeout=2"])

    assert ended.value.code == 2
    said = capsys.readouterr()
    assert "the server does not give its tables" in said.err
    assert "hush" not in said.err + said.out
