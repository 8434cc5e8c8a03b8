"""SC-32: what leaves for a printer is text of its code page or a command of ours; the judge can fail."""

from __future__ import annotations

import pytest

from drivers.printer import commands, encode, layout
from drivers.printer.engine import Engine, Model
from drivers.printer.layout import render
from drivers.printer.protocol import Codec, PrinterCaps
from proof.fuzz import hostile
from proof.fuzz.paper import strangers
from retail import receipt
from tests.drivers.builders import a_receipt

SEED, STRINGS = 20_261_122, 20_000


def test_twenty_thousand_hostile_strings_give_no_unauthorised_byte() -> None:
    """SC-32: every code page, paper width and place on the paper; a million by hand (docs/security.md)."""
    assert hostile.judge(SEED, STRINGS) == (STRINGS, [])


@pytest.mark.parametrize("codec", hostile.CODECS)
def test_a_whole_receipt_with_its_codes_is_all_ours(codec: Codec) -> None:
    assert strangers(render(a_receipt(), PrinterCaps(codec=codec)), codec) == []


def test_the_emulated_printer_agrees() -> None:
    """SC-32: no drawer pulse, no cut, no answer, nothing unknown."""
    engine = Engine(Model(characters="gbk"))
    for turn, text in enumerate(hostile.hostile_strings(SEED, 300)):
        engine.feed(render(hostile.paper_of([text] * hostile.PER_PAPER, turn), PrinterCaps()))

    counted = engine.counters
    assert (counted.pulses, counted.cuts, counted.unknown, counted.real_time) == (0, 0, 0, 0)
    assert (engine.take_output(), engine.backlog, counted.bytes > 100_000) == (b"", 0, True)


GOOD = commands.CODE_PAGE_437 + commands.KANJI_ON + "合计 12".encode("gbk") + commands.LINE_FEED


@pytest.mark.parametrize(
    ("planted", "why"),
    [
        (commands.pulse(0, 100, 100), "ESC p 003232"),
        (b"\x1dVB\x00", "GS V 4200"),
        (b"\x1bt\x10", "ESC t 10"),
        (b"\x1d!\x77", "GS ! 77"),
        (b"\x1b@", "ESC @ "),
        (b"\x18", "CAN "),
        (b"\x07", "control 07"),
        (b"\x1b\xff", "unknown 1bff"),
        (b"\x80", "text 80"),
        (b"\xff\xff", "text ffff"),
        (b"A\xd6", "text 41d6"),
        ("𠮷".encode("gb18030"), "text 9534b235"),
        (b"\x1d(k\x06\x001P0\x1bp\x00", "GS ( k 3150301b7000"),
        (b"\x1dkI\x04{B\x1bp", "GS k 49047b421b70"),
        (b"\x1dv0\x01\x01\x00\x01\x00a", "GS v 3001010001" + "0061"),
        (b"\x1dv0\x00\xff\x00\xff\x00", "a command without its end, 8 bytes"),
        (b"\x1dv0\x00\x05\x00\x01\x00\x10\x14\x01\x00\x05", "real time DC4"),
    ],
)  # fmt: skip
def test_a_planted_byte_is_found(planted: bytes, why: str) -> None:
    assert strangers(GOOD + GOOD, "gbk") == []
    assert strangers(GOOD + planted, "gbk") == [why]


def test_a_big5_trail_that_looks_like_a_command_is_text_only_behind_its_lead() -> None:
    pair = "功".encode("big5")
    assert pair[1] == ord("\\")
    assert strangers(pair, "big5") == []
    assert strangers(pair, "none") == [f"text {pair.hex()}"]
    assert strangers(pair[:1] + b"\x1bp\x00\x32\x32", "big5") == [f"text {pair[:1].hex()}", "ESC p 003232"]


def test_a_renderer_that_forgets_to_clean_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault in the product: raw characters leave."""
    monkeypatch.setattr(encode.TextEncoder, "clean", lambda _self, text: text)
    monkeypatch.setattr(
        encode.TextEncoder, "encode", lambda self, text: text.encode(self.codec, "ignore") if self.codec != "none" else text.encode("ascii", "ignore")
    )  # fmt: skip

    assert hostile.judge(SEED, 200)[1]


def test_codes_take_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.printer.codes.printable_ascii", lambda data, _limit: data)

    body = render(receipt.Document((receipt.Barcode("A\x1bp1"),), "en"), PrinterCaps())

    assert strangers(body, "gbk") and layout.QUIET
