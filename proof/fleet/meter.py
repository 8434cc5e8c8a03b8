"""What a fleet's requests and HQ's process are measured by, phase after phase."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sync.calls import Answer, Request

MB = 1024 * 1024


@dataclass
class Phase:
    """One part of a run. Times in seconds, sizes in MB of 2**20 bytes."""

    name: str
    began: float
    ended: float = 0.0
    requests: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    seconds: Counter[int] = field(default_factory=Counter)
    knocks: Counter[int] = field(default_factory=Counter)
    hello_ms: list[float] = field(default_factory=list)
    receipt_ms: list[float] = field(default_factory=list)
    receipted: Counter[int] = field(default_factory=Counter)
    waited: dict[str, float] = field(default_factory=dict)  # node → the longest that it waited for a receipt
    answer_bytes: int = 0
    hq_cpu: float = 0.0
    own_cpu: float = 0.0
    hq_mb: float = 0.0

    def busiest(self) -> int:
        """Most requests that were begun in one second."""
        return max(self.seconds.values(), default=0)

    def knocked(self) -> int:
        """Most conversations that were begun in one second: a session or a greeting."""
        return max(self.knocks.values(), default=0)

    def without_receipt(self) -> int:
        """The most seconds in a row in which HQ receipted nothing."""
        longest = now = 0
        for second in range(max(1, int(self.ended - self.began))):
            now = 0 if self.receipted[second] else now + 1
            longest = max(longest, now)
        return longest

    def waits(self, node: str, seconds: float) -> None:
        """A node has waited so long for a receipt in this phase, in which it has come or not."""
        self.waited[node] = max(seconds, self.waited.get(node, 0.0))

    @property
    def sent_away(self) -> int:
        """Requests that HQ answered and did not do."""
        return self.refused.total()

    @property
    def per_second(self) -> float:
        """Requests that were over, each second."""
        return self.requests.total() / max(self.ended - self.began, 0.001)

    def figures(self, nodes: int) -> dict[str, object]:
        """One row of the table."""
        long = max(self.ended - self.began, 0.001)
        total = sum(self.requests.values())
        return {
            "phase": self.name, "seconds": round(long, 1), "requests": dict(sorted(self.requests.items())),
            "requests_per_second": round(self.per_second, 1), "busiest_second": self.busiest(),
            "knocks_per_node": round(self.knocked() / nodes, 3), "failed": self.failed,
            "refused": dict(sorted(self.refused.items())), "sent_away": self.sent_away,
            "hello_ms": spread(self.hello_ms), "receipt_ms": spread(self.receipt_ms),
            "without_receipt_s": self.without_receipt(), "waited_s": spread(list(self.waited.values())),
            "answers_mb": round(self.answer_bytes / MB, 1), "hq_cores": round(self.hq_cpu / long, 2),
            "hq_cpu_ms_per_request": round(self.hq_cpu * 1000 / total, 2) if total else 0.0,
            "fleet_cores": round(self.own_cpu / long, 2), "hq_mb": round(self.hq_mb, 1),
        }  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, the largest."""
    if not values:
        return {}
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    named = {"n": len(values), "p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(values)}
    return {name: round(value, 1) for name, value in named.items()}


class Meter:
    """Counts into the phase that is on."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.phases: list[Phase] = []
        self._hq_cpu = self._own_cpu = 0.0
        self.begin("start")

    @property
    def phase(self) -> Phase:
        """The one that is on."""
        return self.phases[-1]

    def begin(self, name: str) -> Phase:
        """End the phase before and begin another."""
        if self.phases:
            self.end()
        self._hq_cpu, self._own_cpu = cpu_seconds(self.pid), time.process_time()
        self.phases.append(Phase(name, time.monotonic()))
        return self.phase

    def end(self) -> None:
        """Take what processors and memory say."""
        phase = self.phase
        phase.ended = time.monotonic()
        phase.hq_cpu += max(0.0, cpu_seconds(self.pid) - self._hq_cpu)
        phase.own_cpu += time.process_time() - self._own_cpu
        self.look()

    def moved(self, pid: int) -> None:
        """HQ is another process now."""
        self.phase.hq_cpu += max(0.0, cpu_seconds(self.pid) - self._hq_cpu)
        self.pid, self._hq_cpu = pid, cpu_seconds(pid)

    def look(self) -> None:
        """How large HQ's process is now."""
        self.phase.hq_mb = max(self.phase.hq_mb, resident_mb(self.pid))

    def asked(self, request: Request, began: float, answer: Answer | None) -> None:
        """A request is over; without an answer it failed."""
        phase, kind = self.phase, request.path.split("?")[0].split("/")[1]
        phase.requests[kind] += 1
        phase.seconds[int(began - phase.began)] += 1
        phase.knocks[int(began - phase.began)] += kind in ("challenge", "hello")
        if answer is None:
            phase.failed += 1
            return
        phase.answer_bytes += len(answer.body)
        if answer.status not in (200, 204):
            phase.refused[f"{kind} {answer.status}"] += 1
        elif kind == "hello":
            phase.hello_ms.append((time.monotonic() - began) * 1000)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Resident memory of a process; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / MB
