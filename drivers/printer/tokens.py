"""ESC/POS as tokens, from bytes that may arrive split anywhere.

Every command is described by the length of its parameters. A command that is not complete waits for more
bytes, as in a real printer: what follows a command cut in half is swallowed by it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10


@dataclass(frozen=True)
class Token:
    """`name` is "text", a control such as "LF", or a command such as "ESC @"; `data` its text or
    parameters.
    """

    name: str
    data: bytes = b""


@dataclass(frozen=True)
class RealTime:
    """A real-time command, recognised at reception wherever it stands: EOT, ENQ or DC4 with its
    parameters.
    """

    name: str
    data: bytes


Length = Callable[[bytearray, int], int | None]


def _until_nul(buffer: bytearray, at: int) -> int | None:
    end = buffer.find(0, at)
    return None if end < 0 else end - at + 1


def _sized(buffer: bytearray, at: int) -> int | None:
    """fn pL pH and as many bytes: ESC (, FS (, GS (."""
    if len(buffer) < at + 3:
        return None
    return 3 + buffer[at + 1] + 256 * buffer[at + 2]


def _graphics_8(buffer: bytearray, at: int) -> int | None:
    """GS 8 L with a four-byte size."""
    if len(buffer) < at + 5:
        return None
    return 5 + int.from_bytes(buffer[at + 1 : at + 5], "little")


def _raster(buffer: bytearray, at: int) -> int | None:
    """GS v 0 m xL xH yL yH and x * y bytes."""
    if len(buffer) < at + 6:
        return None
    wide = int.from_bytes(buffer[at + 2 : at + 4], "little")
    return 6 + wide * int.from_bytes(buffer[at + 4 : at + 6], "little")


def _columns(buffer: bytearray, at: int) -> int | None:
    """ESC * m nL nH and one or three bytes a column."""
    if len(buffer) < at + 3:
        return None
    count = int.from_bytes(buffer[at + 1 : at + 3], "little")
    return 3 + count * (3 if buffer[at] in (32, 33) else 1)


def _barcode(buffer: bytearray, at: int) -> int | None:
    """GS k m: up to NUL for m below 65, else a length byte."""
    if len(buffer) < at + 2:
        return None
    if buffer[at] < 65:
        size = _until_nul(buffer, at + 1)
        return None if size is None else 1 + size
    return 2 + buffer[at + 1]


def _cut(buffer: bytearray, at: int) -> int | None:
    if len(buffer) < at + 1:
        return None
    return 2 if buffer[at] in (65, 66, 97, 98, 103, 104) else 1


def _beep_or_status(buffer: bytearray, at: int) -> int | None:
    """DLE commands: EOT n, ENQ n, DC4 fn with its parameters."""
    if len(buffer) < at + 1:
        return None
    return {1: 3, 2: 3, 3: 7, 8: 8}.get(buffer[at], 1)


def _table(entries: str) -> dict[int, int]:
    return {ord(entry[0]): int(entry[1:]) for entry in entries.split()}


PARAMETERS: dict[int, dict[int, int | Length]] = {
    ESC: {
        **_table("@0 !1 -1 E1 G1 M1 a1 d1 e1 J1 K1 t1 R1 20 31 {1 $2 \\2 p3 r1 V1 =1 c2 i0 m0 U1 S0 L0"),
        **_table("W8 T1 %1 ?1 <0 B2 u1 v0 C1 l1 Q1 k1 q1 o0"),
        0x20: 1,
        0x0C: 0,
        ord("*"): _columns,
        ord("D"): _until_nul,
        ord("("): _sized,
    },
    FS: {**_table("&0 .0 !1 -1 C1 S2 W1 p2 274 ?2 g0"), ord("("): _sized},
    GS: {
        **_table("!1 B1 L2 W2 w1 h1 H1 f1 a1 r1 I1 P2 b1 /1 $2 \\2 :0 ^3 T1"),
        0x01: 0,
        0x03: 0,
        ord("("): _sized,
        ord("8"): _graphics_8,
        ord("v"): _raster,
        ord("k"): _barcode,
        ord("V"): _cut,
    },
    DLE: {0x04: 1, 0x05: 1, 0x14: _beep_or_status},
    0x12: {ord("q"): 1},
}
PREFIX_NAME = {ESC: "ESC", FS: "FS", GS: "GS", DLE: "DLE", 0x12: "DC2"}
CONTROL_NAME = {0x0A: "LF", 0x0D: "CR", 0x09: "HT", 0x0C: "FF", 0x18: "CAN"}


class Tokenizer:
    """Bytes in, tokens out; holds at most one unfinished command."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Token]:
        """The tokens completed by these bytes."""
        self._buffer += data
        tokens: list[Token] = []
        at = 0
        while at < len(self._buffer):
            step = self._next(at, tokens)
            if step is None:
                break
            at += step
        del self._buffer[:at]
        return tokens

    @property
    def waiting(self) -> int:
        """Bytes of an unfinished command."""
        return len(self._buffer)

    def _next(self, at: int, tokens: list[Token]) -> int | None:
        """Append the token at a position and return its size, or None if it is not complete."""
        first = self._buffer[at]
        if first in PREFIX_NAME:
            return self._command(at, tokens)
        if first < 0x20 or first == 0x7F:
            if first in CONTROL_NAME:
                tokens.append(Token(CONTROL_NAME[first]))
            elif first:
                tokens.append(Token("control", bytes([first])))
            return 1
        end = at + 1
        while end < len(self._buffer) and self._buffer[end] >= 0x20 and self._buffer[end] != 0x7F:
            end += 1
        tokens.append(Token("text", bytes(self._buffer[at:end])))
        return end - at

    def _command(self, at: int, tokens: list[Token]) -> int | None:
        if at + 1 >= len(self._buffer):
            return None
        first, second = self._buffer[at], self._buffer[at + 1]
        shape = PARAMETERS[first].get(second)
        if shape is None:
            tokens.append(Token("unknown", bytes([first, second])))
            return 2
        size = shape if isinstance(shape, int) else shape(self._buffer, at + 2)
        if size is None or at + 2 + size > len(self._buffer):
            return None
        tokens.append(self._named(first, second, bytes(self._buffer[at + 2 : at + 2 + size])))
        return 2 + size

    def _named(self, first: int, second: int, data: bytes) -> Token:
        """ "ESC @"; for sized commands the function letter joins the name and the size is dropped."""
        name = f"{PREFIX_NAME[first]} {chr(second) if second > 0x20 else format(second, '02x')}"
        if second == ord("(") and first != DLE:
            return Token(f"{name} {chr(data[0])}", data[3:])
        if name == "GS 8":
            return Token("GS ( L", data[5:])
        return Token(name, data)


class RealTimeListener:
    """Finds real-time commands in the raw stream, also inside pictures, as real printers do."""

    SIZES = {0x04: 1, 0x05: 1}
    NAMES = {0x04: "EOT", 0x05: "ENQ", 0x14: "DC4"}

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> Iterator[RealTime]:
        """The real-time commands completed by these bytes."""
        stream = self._kept + data
        at = stream.find(DLE)
        while at >= 0:
            size = self._size(stream, at)
            if size is None:
                self._kept = stream[at:]
                return
            if size:
                yield RealTime(self.NAMES[stream[at + 1]], stream[at + 2 : at + 2 + size])
            at = stream.find(DLE, at + (2 + size if size else 1))
        self._kept = b""

    def _size(self, stream: bytes, at: int) -> int | None:
        """Parameter bytes of the command at a position, 0 when it is none, None when more bytes are
        needed.
        """
        if at + 1 >= len(stream):
            return None
        second = stream[at + 1]
        if second not in self.NAMES:
            return 0
        if second != 0x14:
            size = 1
        elif at + 2 >= len(stream):
            return None
        else:
            size = {1: 3, 2: 3, 8: 8}.get(stream[at + 2], 0)
        return None if at + 2 + size > len(stream) else size
