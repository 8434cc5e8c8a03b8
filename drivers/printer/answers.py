"""What a printer answers, told apart in one stream (hardware page, section 5.2).

Real-time status, automatic status, queued status and blocks arrive mixed and split anywhere; each kind is
known by fixed bits of its first byte.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RealTimeStatus:
    """One byte, the answer to DLE EOT; which question it answers follows from the order of asking."""

    value: int


@dataclass(frozen=True)
class AutoStatus:
    """Four bytes, sent by the printer when its state changes."""

    value: bytes


@dataclass(frozen=True)
class QueuedStatus:
    """One byte, the answer to GS r in its turn."""

    value: int


@dataclass(frozen=True)
class ProcessId:
    """The fence: everything before this token is on paper."""

    token: bytes


@dataclass(frozen=True)
class Block:
    """Another block such as an identity; `head` is its first byte."""

    head: int
    data: bytes


Answer = RealTimeStatus | AutoStatus | QueuedStatus | ProcessId | Block

BLOCK_HEADS = (0x35, 0x37, 0x3B, 0x3D, 0x5F)
FLOW_CONTROL = (0x11, 0x13)
BLOCK_MAX = 256


class Demultiplexer:
    """Bytes in, answers out; `skipped` counts bytes that fit nothing."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.skipped = 0

    def feed(self, data: bytes) -> list[Answer]:
        """The answers completed by these bytes."""
        self._buffer += data
        answers: list[Answer] = []
        while self._buffer:
            size = self._size()
            if size is None:
                break
            chunk = bytes(self._buffer[:size])
            del self._buffer[:size]
            answer = _answer(chunk)
            if answer is not None:
                answers.append(answer)
            elif chunk[0] not in FLOW_CONTROL:
                self.skipped += len(chunk)
        return answers

    def reset(self) -> None:
        """Forget half an answer, after a reconnect."""
        self._buffer.clear()

    def _size(self) -> int | None:
        """How many bytes the answer at the front has, or None while it is not complete."""
        first = self._buffer[0]
        if first in BLOCK_HEADS:
            end = self._buffer.find(0)
            if end < 0:
                return 1 if len(self._buffer) > BLOCK_MAX else None
            return end + 1
        if first & 0x93 == 0x10:
            following = self._buffer[1:4]
            if any(byte & 0x90 for byte in following):
                return 1
            return 4 if len(following) == 3 else None
        return 1


def _answer(chunk: bytes) -> Answer | None:
    first = chunk[0]
    if first in BLOCK_HEADS and len(chunk) > 1:
        if chunk[:2] == b"\x37\x22":
            return ProcessId(chunk[2:-1])
        return Block(first, chunk[1:-1])
    if len(chunk) == 4:
        return AutoStatus(chunk)
    if first & 0x93 == 0x12:
        return RealTimeStatus(first)
    if first & 0x90 == 0:
        return QueuedStatus(first)
    return None
