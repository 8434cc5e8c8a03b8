"""The commands of both sides on real homes: enrol, supply, read out, acknowledge, and a refusal in words."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from edge.cli import main as edge
from hq.cli import main as hq


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`lianpu-edge` and `lianpu-hq` with their homes; the answer is JSON or words."""
    monkeypatch.setenv("LIANPU_WITNESS_DIR", str(tmp_path / "witness"))
    homes = {edge: tmp_path / "edge", hq: tmp_path / "hq"}

    def call(program, *arguments, code=0):
        found = CliRunner().invoke(
            program, ["--home", str(homes[program]), *arguments], catch_exceptions=False
        )
        assert found.exit_code == code, found.output
        last = found.stdout.strip().splitlines()[-1] if code == 0 else found.stderr
        return json.loads(last) if code == 0 and last.startswith("{") else last

    return call


def test_a_store_is_enrolled_supplied_and_read_out(run, tmp_path):
    stick = str(tmp_path / "stick")
    run(hq, "init", "--json")
    run(hq, "store", "add", "001", "--zone", "A")
    refused = run(hq, "bundle", "export", stick, "--store", "001", code=1)
    assert "no computer yet" in refused

    asked = run(edge, "enrol", "--export", stick)
    run(hq, "bundle", "export", stick, "--store", "001", "--confirm", asked["fingerprint"])
    taken = run(edge, "bundle", "import", stick)
    assert (taken["store"], taken["unsent"]) == ("001", 1)
    assert taken["scopes"].keys() == {"chain", "store:001", "zone:A"}

    assert run(edge, "bundle", "export", stick)["events"] == 1
    assert [one["events"] for one in run(hq, "bundle", "import", stick)["taken"]] == [1]
    run(hq, "bundle", "export", stick, "--store", "001")
    assert run(edge, "bundle", "import", stick)["unsent"] == 0


def test_a_file_that_hq_refuses_is_named_in_words_and_the_rest_is_taken(run, tmp_path):
    stick = tmp_path / "stick"
    run(hq, "init", "--json")
    run(hq, "store", "add", "001", "--zone", "A")
    asked = run(edge, "enrol", "--export", str(stick))
    run(hq, "bundle", "export", str(stick), "--store", "001", "--confirm", asked["fingerprint"])
    run(edge, "bundle", "import", str(stick))
    run(edge, "bundle", "export", str(stick))
    torn = stick / "lianpu-000-up-00000000-000001.bundle"
    torn.write_bytes(b"half")

    said = run(hq, "bundle", "import", str(stick), code=1)
    torn.unlink()

    assert f"{torn.name} is not whole" in said and "bundle.torn" in said
    assert [one["events"] for one in run(hq, "bundle", "import", str(stick))["taken"]] == [0]


def test_a_refusal_is_words_with_what_to_do(run, tmp_path):
    assert "Name the folder" in run(edge, "bundle", "import", str(tmp_path), code=1)
    assert run(edge, "enrol", "--hq", "hq.example.com", code=2)
