"""The command line of a store node says in words why it did not do something, and what to do."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from edge.cli import main


def lianpu_edge(home: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--home", str(home), *words])
    return result.exit_code, result.output


def test_an_address_without_a_scheme_is_refused_with_an_example(tmp_path: Path) -> None:
    code, output = lianpu_edge(tmp_path, "enrol", "--hq", "x", "--code", "AAAA")

    assert code == 2 and "write the whole address, for example https://hq.example.com" in output


def test_an_hq_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    code, output = lianpu_edge(tmp_path, "enrol", "--hq", "http://127.0.0.1:9", "--code", "AAAA")

    assert code == 1 and "HQ cannot be reached" in output and "Check the network" in output
    assert "sync.unreachable" in output


def test_a_terminal_that_does_not_exist_is_told_in_words(tmp_path: Path) -> None:
    code, output = lianpu_edge(tmp_path, "pair", "99")

    assert code == 1 and "There is no terminal 99 in this store" in output


def test_the_doctor_only_looks(tmp_path: Path) -> None:
    """In a folder without a node it makes none: no database, no key, no ballast."""
    for home in (tmp_path / "empty", tmp_path / "missing"):
        if home.name == "empty":
            home.mkdir()
        result = CliRunner().invoke(main, ["--home", str(home), "doctor"])
        assert result.exit_code == 1
        assert "no node" in result.output and "enrol" in result.output
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]
