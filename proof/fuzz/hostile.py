"""Strings that try to become printer commands, and the papers that carry them (FAULTS SC-32).

Pieces: whole commands, controls of both ranges, characters of GBK and Big5 whose trail byte is ASCII or above 0x7F,
lone surrogates, combining marks, any code point. Each string goes through a whole paper of the real renderer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from drivers.printer.layout import render
from drivers.printer.protocol import Codec, PrinterCaps
from proof.fuzz.paper import strangers
from retail import receipt
from retail.errors import Invalid

CODECS: tuple[Codec, ...] = ("gbk", "gb18030", "cp950", "big5", "none")
COMMANDS = (
    "\x1bp\x00\x32\x32", "\x10\x14\x01\x00\x05", "\x10\x04\x01", "\x10\x05\x02", "\x1b@", "\x1d\x56\x00", "\x1dVB\x00",
    "\x1d(H\x06\x0000abcd", "\x1dv0\x00\x01\x00\x01\x00\x10", "\x1bt\x10", "\x1c.", "\x18", "\x1b", "\x1d", "\x1c",
)  # fmt: skip
PIECES = (
    *COMMANDS, "\x00", "\x7f", "\x80", "\x9b", "\x85", "\ufeff", "\u202e", "\u2028", "\ud83d", "\udfff", "\n", "\t",
    "功", "許", "蓋", "育", "么", "琍", "誠", "闡", "￥", "¥", "€", "中", "国", "é", "e\u0301", "—", " ", "Kx9",
    "{A", "{",
)  # fmt: skip
COMMON = "茶叶咖啡牛奶餅乾發票收銀員 abcdefXYZ0123456789.,-/()&*#%"
PER_PAPER = 5


def hostile_strings(seed: int, count: int) -> Iterator[str]:
    """So many strings of one to nine pieces, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        parts = [chance.choice(PIECES) for _ in range(chance.randrange(1, 5))]
        parts += [chance.choice(COMMON) for _ in range(chance.randrange(0, 3))]
        if chance.random() < 0.1:
            parts += [chr(chance.randrange(0x110000)) for _ in range(chance.randrange(1, 3))]
        elif chance.random() < 0.5:
            parts.append(chr(chance.randrange(0x3000)))
        chance.shuffle(parts)
        yield "".join(parts)


def caps_of(turn: int) -> PrinterCaps:
    """One printer after the other: code pages, paper widths, with and without the switch for Chinese."""
    wide = turn % 2 == 0
    return PrinterCaps(
        dots=576 if wide else 384, columns=48 if wide else 32, codec=CODECS[turn % len(CODECS)],
        kanji_switch=turn % 3 != 0,
    )  # fmt: skip


def paper_of(texts: Sequence[str], turn: int) -> receipt.Document:
    """A paper with hostile texts at every place that takes one: head, label, figure, name, note."""
    texts = [*texts, *[""] * (PER_PAPER - len(texts))]
    head, name, figure, note, label = texts[:PER_PAPER]
    blocks = (
        receipt.Line(head, "center", bold=turn % 2 == 0, double=turn % 4 == 1),
        receipt.Item(name, "2", figure, "9.99", (note,)),
        receipt.Columns(label, "19.98", bold=True),
        receipt.Rule(),
    )
    return receipt.Document(blocks=blocks, language=("en", "zh-Hans", "zh-Hant")[turn % 3])


def found_on(texts: Sequence[str], turn: int) -> list[str]:
    """What a printer would get that is neither text nor ours."""
    caps = caps_of(turn)
    return strangers(render(paper_of(texts, turn), caps), caps.codec) + _in_codes(texts, caps)


def _in_codes(texts: Sequence[str], caps: PrinterCaps) -> list[str]:
    """A code's contents are refused or printable; nothing of them leaves otherwise."""
    found: list[str] = []
    for block in (receipt.Qr(texts[0]), receipt.Barcode(texts[0])):
        try:
            body = render(receipt.Document(blocks=(block,), language="en"), caps)
        except Invalid:
            continue
        found += strangers(body, caps.codec)
    return found


def judge(seed: int, count: int) -> tuple[int, list[str]]:
    """(strings printed, findings) of `count` strings, `PER_PAPER` on a paper."""
    printed, found, waiting = 0, [], []
    for text in hostile_strings(seed, count):
        waiting.append(text)
        printed += 1
        if len(waiting) == PER_PAPER or printed == count:
            found += [f"{what} from {waiting!r}" for what in found_on(waiting, printed // PER_PAPER)]
            waiting = []
    return printed, found
