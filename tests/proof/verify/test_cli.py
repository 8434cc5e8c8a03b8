"""The command: what it prints, how it ends, and that it needs nothing of Lianpu."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import proof.verify
from kit.crypto import SigningKey
from proof.verify.cli import main, verify

ALL = ("s1", "s2", "r1", "hq")


def test_everything_holds_in_databases_of_the_real_code(evidence, capsys):
    status = main([*(str(evidence[name]) for name in ALL), "--witness", str(evidence["w1"])])

    lines = capsys.readouterr().out.splitlines()
    assert status == 0, [line for line in lines if line.startswith("WRONG")]
    assert lines[-1].startswith("everything holds: ")
    sales = next(line for line in lines if "[sale.arithmetic]" in line)
    assert sales == f"ok    8 sales that add up from line to tender  [sale.arithmetic] {evidence['s1']}"


def test_no_check_of_a_full_set_is_empty_but_those_of_trouble(evidence):
    report = verify([evidence[name] for name in ALL], witnesses=[evidence["w1"]])

    empty = {check.name for check in report.checks if not check.count}
    assert empty == {"fork.evidence", "durable", "snapshots", "witness"}


def test_a_folder_stands_for_the_databases_in_and_below_it(evidence, tmp_path, capsys):
    for name, place in (("s1", "store-1/node.sqlite"), ("hq", "hq.sqlite")):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        shutil.copy(evidence[name], tmp_path / place)

    assert main([str(tmp_path / "store-1" / "node.sqlite"), str(tmp_path / "hq.sqlite")]) == 0
    by_name = capsys.readouterr().out

    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == by_name


def test_a_folder_without_a_database_is_no_evidence(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 WRONG: ")


def test_json_carries_counts_and_findings(evidence, capsys):
    assert main([str(evidence["s1"]), "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["wrong"]) == (True, 0)
    links = next(check for check in said["checks"] if check["name"] == "chain.links")
    assert (links["count"], links["findings"], links["ok"]) == (23, [], True)


def test_another_key_of_hq_makes_every_receipt_false(evidence, capsys):
    status = main([str(evidence["s1"]), "--hq-key", SigningKey.generate().public.hex()])

    assert status == 1
    out = capsys.readouterr().out
    assert "HQ's signature does not hold" in out
    assert out.splitlines()[-1].startswith("2 WRONG: ")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.write_bytes(b"not a database at all" * 100), "it cannot be read as a database"),
        (lambda path: path.write_bytes(b""), "its tables are neither"),
    ],
)
def test_what_is_no_evidence_is_said(tmp_path, capsys, make, why):
    path = tmp_path / "x.sqlite"
    make(path)

    assert main([str(path)]) == 1
    assert f"database {path}: {why}" in capsys.readouterr().out


def test_a_witness_that_does_not_exist_is_a_wrong_command(evidence, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(evidence["s1"]), "--witness", "/nowhere/x"])

    assert ended.value.code == 2


def test_the_databases_are_not_touched(evidence):
    before = {name: evidence[name].read_bytes() for name in ALL}

    verify([evidence[name] for name in ALL])

    assert {name: evidence[name].read_bytes() for name in ALL} == before


def test_it_runs_where_nothing_else_of_lianpu_is(evidence, tmp_path):
    """Copied alone into an empty folder, with every other package of the house barred from import."""
    shutil.copytree(Path(proof.verify.__file__).parent, tmp_path / "proof" / "verify")
    (tmp_path / "proof" / "__init__.py").write_text("")
    barred = (
        "drivers",
        "edge",
        "hq",
        "kit",
        "retail",
        "schemas",
        "sync",
        "msgspec",
        "sqlalchemy",
        "pysqlite3",
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.modules.update(dict.fromkeys({barred!r}));"
        "from proof.verify import cli; assert cli.__file__.startswith(sys.path[0]);"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(evidence["s1"]), str(evidence["hq"])],
        cwd=tmp_path, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("everything holds: ")


def test_a_schema_that_is_no_text_any_more_is_a_finding_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ES-15: a bit flipped in the schema; the engine quotes it in its error."""
    path = tmp_path / "node.sqlite"
    made = sqlite3.connect(path)
    made.execute("CREATE TABLE inc (number)")
    made.close()
    path.write_bytes(path.read_bytes().replace(b"inc (number)", b"inc \xc6number)"))

    assert main([str(path)]) == 1
    assert "cannot be read as a database" in capsys.readouterr().out
