"""Child processes of the demo: started with their own home and log, waited for, killed by id, ended in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

READY_SECONDS = 120.0
ENDED = 128 + signal.SIGTERM  # as a shell says it


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM leaves this block like Ctrl-C does: who started processes stops them, who made folders removes them."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def work_for_another() -> None:
    """In a worker: its starter ends it, by SIGTERM and in order. Ctrl-C, which reaches all, is for the starter."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(*_: object) -> None:
    sys.exit(ENDED)


@dataclass
class Child:
    """One process; `command` follows the interpreter, `health` is polled until it answers, and the log until it says
    `ready`, if that is given.
    """

    name: str
    command: list[str]
    health: str
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    patience: float = READY_SECONDS
    ready: str = ""
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _begun: int = 0  # bytes of the log when this life began

    def start(self) -> Child:
        """Start and wait until it answers; raises RuntimeError with the end of its log when it does not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._begun = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )
        self.starts += 1
        try:
            self.wait_ready()
        except BaseException:  # also Ctrl-C: nobody else knows of it yet
            self.stop()
            raise
        return self

    def wait_ready(self) -> float:
        """Seconds until the health address answered."""
        began = time.monotonic()
        while time.monotonic() - began < self.patience:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended at start:\n{self.tail()}")
            try:
                if requests.get(self.health, timeout=1).ok and self._said(self.ready):
                    return time.monotonic() - began
            except requests.RequestException:
                pass  # not yet
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} is not ready after {self.patience:.0f} s:\n{self.tail()}")

    def _said(self, words: str) -> bool:
        """Has this life written the words to its log?"""
        with self.log.open("rb") as log:
            log.seek(self._begun)
            return words.encode() in log.read()

    def kill(self) -> None:
        """SIGKILL, as the power would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def pause(self) -> None:
        """SIGSTOP: it stands still in the middle of whatever it does, connections and locks in its hands."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after ten seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
