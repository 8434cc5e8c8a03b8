"""Every parser that reads what others wrote, under hypothesis; by hand under atheris (docs/security.md)."""

from __future__ import annotations

import random

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.clock import ManualClock
from proof.fuzz import __main__ as command
from proof.fuzz import targets
from proof.fuzz.engine import Found, attempt, by_ourselves
from proof.fuzz.model import Target, mutated

EXAMPLES = {"printer": 60, "escpos": 150, "serial": 120}
COUNT = {"printer": 150, "escpos": 1000, "serial": 300, "answers": 1000}
each_target = pytest.mark.parametrize("name", list(targets.TARGETS))


@each_target
def test_any_bytes_are_read_or_refused(name: str) -> None:
    """SC-20, SC-30, SC-32."""

    @settings(max_examples=EXAMPLES.get(name, 400))
    @given(st.binary(max_size=400))
    def one(data: bytes) -> None:
        targets.TARGETS[name].one(data)

    one()


@each_target
def test_what_almost_means_something_is_read_or_refused(name: str) -> None:
    """SC-20, SC-30, SC-32: seeds with a few bytes wrong go deeper than noise."""
    ran = by_ourselves(
        targets.TARGETS[name], ManualClock(), seconds=60, seed=7, executions=COUNT.get(name, 3000)
    )

    assert (ran.found, ran.executions) == (None, COUNT.get(name, 3000))


def test_a_barcode_that_is_no_digits_draws_no_bars_and_ends_nothing() -> None:
    """Found by this: python-barcode has an error of its own for it."""
    targets.escpos(b"\x01\x1dkF\x04a1b2\x1dkC\x02\xb2\xb3")


def test_half_a_pair_waits_while_a_full_line_ends_in_front_of_it() -> None:
    """Found by this, under atheris: what the emulated printer drew depended on how the line had split its bytes."""
    targets.escpos(bytes.fromhex("011b5c3434ff2bfb01401d5610"))


# -- it can fail -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "where", "plant"),
    [
        ("batch", "schemas.wire.frame.header_of", lambda whole: (whole[4:], whole[9999])),
        ("event", "hq.ingest.apply._decode", lambda _body: 1 // 0),
        ("json", "proof.fuzz.targets.parse_json", lambda _raw: []),
        ("barcode", "retail.barcode._clean", lambda raw: raw),
        ("serial", "drivers.scanner.framing.Framer.end", lambda _self: [1 // 0]),
        ("answers", "drivers.printer.answers.Demultiplexer._size", lambda self: len(self._buffer)),
        ("escpos", "drivers.printer.engine.Engine._raster", lambda _self, _data: 1 // 0),
        ("printer", "drivers.printer.encode.TextEncoder.clean", lambda _self, text: text),
    ],
)
def test_a_planted_fault_is_found(
    name: str, where: str, plant: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, plant)

    assert by_ourselves(targets.TARGETS[name], ManualClock(), seconds=60, seed=1, executions=3000).found


def test_the_same_seed_makes_the_same_inputs() -> None:
    seeds = [b"abc", b"defg"]
    one, two = random.Random(3), random.Random(3)

    assert [mutated(seeds, one) for _ in range(50)] == [mutated(seeds, two) for _ in range(50)]


def broken(data: bytes) -> None:
    targets.held(len(data) < 3, "short")


def test_a_finding_names_its_input() -> None:
    target = Target("nothing", broken, lambda: [b"a"])

    assert attempt(target, b"ab") is None
    assert attempt(target, b"abc") == Found(b"abc", "Broken: short")


def test_the_command_tells_figures_and_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(command.NAMES) == set(targets.TARGETS)
    told = CliRunner().invoke(command.main, ["--target", "printer", "--strings", "50"])
    assert (told.exit_code, "50 hostile strings" in told.output) == (0, True)

    monkeypatch.setitem(targets.TARGETS, "json", Target("nothing", broken, lambda: [b"abcd"]))
    told = CliRunner().invoke(command.main, ["--target", "json", "--seconds", "1", "--own"])
    assert (told.exit_code, "FOUND Broken: short\n61626364" in told.output) == (1, True)
