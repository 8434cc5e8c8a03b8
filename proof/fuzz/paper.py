"""Judges the bytes that leave for a printer: text of its code page and our own commands, nothing else (FAULTS SC-32).

The stream is cut into tokens by the bench's emulator, so a judge and a printer mean the same by it. A command is
judged by its name and all its parameters; text byte by byte, because the trail of a pair may look like ASCII.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from drivers.printer import commands
from drivers.printer.encode import PYTHON_CODEC
from drivers.printer.protocol import Codec
from drivers.printer.raster import STRIP_BYTES
from drivers.printer.tokens import RealTimeListener, Token, Tokenizer

# Modes that `layout` and `codes` switch, each with every parameter that they give it.
EXACT = {
    commands.CODE_PAGE_437, commands.KANJI_ON, commands.KANJI_OFF, commands.BOLD_ON, commands.BOLD_OFF,
    commands.SIZE_DOUBLE, commands.SIZE_NORMAL, commands.KANJI_DOUBLE, commands.KANJI_NORMAL, commands.ALIGN_LEFT,
    commands.ALIGN_CENTER, b"\x1dhH", b"\x1dw\x02", b"\x1dH\x02",
}  # fmt: skip
QR_HEADS = (b"1A2\x00", b"1C\x06", b"1E1", b"1Q0")
QR_STORE = b"1P0"
NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def strangers(body: bytes, codec: Codec) -> list[str]:
    """What of a paper's body is neither text of this code page nor a command of ours; empty when all is."""
    tokenizer = Tokenizer()
    found = [
        f"{token.name} {token.data[:24].hex()}"
        for token in tokenizer.feed(body)
        if not (is_text(token.data, codec) if token.name == "text" else is_ours(token))
    ]
    if tokenizer.waiting:
        found.append(f"a command without its end, {tokenizer.waiting} bytes")
    return found + [f"real time {each.name}" for each in RealTimeListener().feed(body)]


def is_text(data: bytes, codec: Codec) -> bool:
    """Single ASCII bytes and whole pairs of the code page, each a character that shows."""
    at = 0
    while at < len(data):
        size = 1 if data[at] < 0x80 else 2
        if not _shows(data[at : at + size], codec):
            return False
        at += size
    return True


def _shows(part: bytes, codec: Codec) -> bool:
    if len(part) == 1:
        return 0x20 <= part[0] <= 0x7E
    if codec == "none" or len(part) != 2:
        return False
    try:
        text = part.decode(PYTHON_CODEC[codec])
    except UnicodeDecodeError:
        return False
    return len(text) == 1 and unicodedata.category(text) not in NEVER_SHOWN


def is_ours(token: Token) -> bool:
    """A command that layout, codes or raster make, with parameters that they give it."""
    check = SHAPES.get(token.name)
    if check is not None:
        return check(token.data)
    return token in MODES


def _picture(data: bytes) -> bool:
    """GS v 0 in normal size, one strip."""
    size = int.from_bytes(data[2:4], "little") * int.from_bytes(data[4:6], "little")
    return data[:2] == b"0\x00" and 0 < size <= STRIP_BYTES and len(data) == 6 + size


def _qr(data: bytes) -> bool:
    return data in QR_HEADS or (data[:3] == QR_STORE and _printable(data[3:]))


def _bars(data: bytes) -> bool:
    return data[:1] == b"I" and data[2:4] == b"{B" and _printable(data[4:])


def _printable(data: bytes) -> bool:
    return bool(data) and all(0x20 <= byte <= 0x7E for byte in data)


SHAPES: dict[str, Callable[[bytes], bool]] = {
    "LF": lambda data: not data,
    "GS v": _picture,
    "GS ( k": _qr,
    "GS k": _bars,
}
MODES = frozenset(token for each in EXACT for token in Tokenizer().feed(each))
