"""Every edit of a database is named by the check that is meant to find it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from proof.verify.cli import verify
from proof.verify.edits import Edit, edits, main, run, settled

EDITS = edits()


@pytest.fixture(scope="session")
def originals(evidence: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("originals")
    names = {"node": "s1", "hq": "hq", "reference": "r1"}
    return {name: settled(evidence[key], folder) for name, key in names.items()}


def test_there_are_more_than_forty_edits_with_names_of_their_own():
    assert len({edit.name for edit in EDITS}) == len(EDITS) > 100


def test_copies_without_an_edit_are_judged_right(originals, evidence):
    assert verify(list(originals.values()), witnesses=[evidence["w1"]]).wrong == 0


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_the_edit_is_named(edit: Edit, originals, evidence, tmp_path):
    outcome = run(edit, originals, [evidence["w1"]], tmp_path)

    assert outcome.named is not None
    assert outcome.caught, f"{outcome.named} is not in {outcome.lines}"


@pytest.mark.parametrize("signature", ["00ab", "01ab", "ffab"])
def test_a_signature_is_edited_whatever_it_begins_with(signature: str):
    node = sqlite3.connect(":memory:")
    node.execute("CREATE TABLE meta (name TEXT, value TEXT)")
    node.execute("INSERT INTO meta VALUES ('enrolment_signature', ?)", (signature,))

    next(edit for edit in EDITS if edit.name == "enrolment").change(node)

    assert node.execute("SELECT value FROM meta").fetchone()[0] != signature


def test_the_script_says_what_it_found(evidence, capsys, monkeypatch):
    monkeypatch.setattr(
        "proof.verify.edits.edits", lambda: [edit for edit in EDITS if edit.name == "balance"]
    )

    status = main(["--node", str(evidence["s1"]), "--hq", str(evidence["hq"])])

    assert status == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 named, 0 MISSED, 0 not applicable"
