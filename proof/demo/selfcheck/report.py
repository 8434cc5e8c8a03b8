"""What was seen: one line a figure, and whether all of them hold."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """Collects checks; prints each as it comes."""

    checks: list[tuple[str, bool, str]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, text: str) -> None:
        """Progress."""
        with self._lock:
            print(f"[{time.monotonic() - self.began:6.1f} s] {text}", flush=True)

    def check(self, what: str, seen: Any, wanted: Any) -> bool:
        """A figure beside what it has to be."""
        holds = bool(seen == wanted)
        detail = f"{seen}" if holds else f"{seen}, wanted {wanted}"
        with self._lock:
            self.checks.append((what, holds, detail))
            mark = "ok  " if holds else "FAIL"
            print(f"[{time.monotonic() - self.began:6.1f} s] {mark} {what}: {detail}", flush=True)
        return holds

    @property
    def passed(self) -> bool:
        """Does every figure hold?"""
        return bool(self.checks) and all(holds for _, holds, _ in self.checks)

    def summary(self) -> str:
        """The last line."""
        failed = sum(not holds for _, holds, _ in self.checks)
        word = "PASSED" if self.passed else "FAILED"
        seconds = time.monotonic() - self.began
        return f"selfcheck {word}: {len(self.checks) - failed} figures hold, {failed} do not, {seconds:.0f} s"
