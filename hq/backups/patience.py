"""A folder that hangs costs its own copy, and holds up nobody for ever.

What is asked of a dead file server under a hard mount never comes back, and nothing can call it off. So each question
to a folder runs in a thread of its own; when its time is over the thread is left behind. It is one at most for each
place: while it hangs, the place is refused at once. Servers and buckets need none of this, their lines have limits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TypeVar

from hq.backups.targets import Target
from kit.crypto import random_bytes
from retail.errors import Unavailable

T = TypeVar("T")
_asking: dict[str, Thread] = {}
"""Place → the thread that asked it last; of this process, and only one backup is made at a time."""


@dataclass(frozen=True)
class Limits:
    """How long one answer, and one whole copy, may take."""

    answer_seconds: float = 300.0
    copy_seconds: float = 6 * 3600.0


class Patient:
    """Another target, whose every method is given up when its time is over. `place` is what the thread is known by."""

    def __init__(self, target: Target, place: str, limits: Limits) -> None:
        self.name, self.once, self.marked = target.name, target.once, target.marked
        self._target, self._place, self._limits = target, place, limits

    def put(self, file: Path, name: str) -> None:
        """Store it; one that was given up finds no other file to store when it wakes up later."""
        own = _own(file)
        file.rename(own)
        try:
            asked(self._place, self._limits.copy_seconds, lambda: self._target.put(own, name))
        finally:
            own.rename(file)

    def get(self, name: str, file: Path) -> None:
        """Fetch it; one that was given up writes into no file that somebody reads later."""
        own = _own(file)
        try:
            asked(self._place, self._limits.copy_seconds, lambda: self._target.get(name, own))
            own.replace(file)
        finally:
            own.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Is it there?"""
        return asked(self._place, self._limits.answer_seconds, lambda: self._target.has(name))

    def drop(self, name: str) -> None:
        """Delete it."""
        asked(self._place, self._limits.answer_seconds, lambda: self._target.drop(name))


def asked(place: str, seconds: float, question: Callable[[], T]) -> T:
    """The answer, or what it raises; `Unavailable("backups.target")` when it takes longer, or an earlier one hangs."""
    if place in _asking and _asking[place].is_alive():
        raise Unavailable("backups.target", target=place, why="why.hangs")
    answer: Future[T] = Future()
    _asking[place] = Thread(target=_answer, args=(answer, question), name="backup-target", daemon=True)
    _asking[place].start()
    _asking[place].join(seconds)
    if not answer.done():
        raise Unavailable("backups.target", target=place, why=f"why.silent {seconds:g} s")
    return answer.result()


def _answer(answer: Future[T], question: Callable[[], T]) -> None:
    try:
        answer.set_result(question())
    except Exception as error:  # noqa: BLE001 — it is raised again where somebody waits for the answer
        answer.set_exception(error)


def _own(file: Path) -> Path:
    """A name beside the file for one question."""
    return file.with_name(f"{file.name}.{random_bytes(4).hex()}")
