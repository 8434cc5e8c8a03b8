"""Scans out of a stream of bytes: ended by CR, LF, both, or by silence. Pure.

An overlong frame is dropped whole and counted: half a code would look like another product.
"""

from dataclasses import dataclass
from typing import Literal

FRAME_MAX = 4296  # the longest QR code
IDLE_SECONDS = 0.1

Encoding = Literal["utf-8", "gb18030", "latin-1"]


@dataclass(frozen=True)
class Frame:
    """One code as sent; `encoding` says how the bytes were read, latin-1 meaning that nothing better
    fitted.
    """

    raw: bytes
    text: str
    encoding: Encoding


class Framer:
    """Bytes in, frames out; `overlong` counts frames that were dropped."""

    def __init__(self, frame_max: int = FRAME_MAX) -> None:
        self._max = frame_max
        self._buffer = bytearray()
        self._skipping = False
        self.overlong = 0

    @property
    def pending(self) -> bool:
        """Whether bytes wait for their terminator."""
        return bool(self._buffer) or self._skipping

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by these bytes."""
        frames: list[Frame] = []
        for byte in data:
            if byte in (0x0D, 0x0A):
                frames.extend(self.end())
            elif not self._skipping:
                self._buffer.append(byte)
                if len(self._buffer) > self._max:
                    self._buffer.clear()
                    self._skipping = True
                    self.overlong += 1
        return frames

    def end(self) -> list[Frame]:
        """What is pending counts as complete: a terminator came, or silence. None or one frame."""
        self._skipping = False
        raw = bytes(self._buffer)
        self._buffer.clear()
        return [_frame(raw)] if raw else []


def _frame(raw: bytes) -> Frame:
    encodings: tuple[Encoding, ...] = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            return Frame(raw, raw.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    return Frame(raw, raw.decode("latin-1"), "latin-1")
