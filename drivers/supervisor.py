"""The owner of a device: one thread that opens it, works for it, loses it and finds it again.

`Backoff` and `Supervisor.step` are free of threads and clocks of their own, so tests walk through days in
microseconds. A loss is told once and so is a recovery; more than five losses in ten minutes is flapping.
"""

import math
import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from drivers.device import Kind
from drivers.transport.base import Monotonic, monotonic
from kit.logs import logger
from retail.errors import DeviceError

log = logger("lianpu.devices")
T = TypeVar("T")
STEPS_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
BUSY_SECONDS = 5.0
JITTER = 0.2
STEADY_SECONDS = 30.0
FLAPPING_LOSSES, FLAPPING_SECONDS = 5, 600.0
LISTEN_SECONDS = 0.5
PORT_LOOK_SECONDS = 3.0
MISTAKE_SECONDS = 5.0


class Owned(Protocol):
    """What a supervisor needs of a device; `turn` does idle work for at most so many seconds, `rest` says how many
    seconds may pass until the next turn.
    """

    id: str
    kind: Kind

    def open(self) -> None: ...

    def close(self) -> None: ...

    def turn(self, seconds: float) -> None: ...

    def rest(self) -> float: ...


@dataclass(frozen=True)
class Notice:
    """Something the owner says about a device: numbered without gaps per device and start."""

    device_id: str
    seq: int
    at: float
    kind: Literal["ready", "lost", "flapping", "disabled"]
    code: str | None = None


def fair_dice() -> float:
    """A number from 0 to 1 from the operating system."""
    return int.from_bytes(os.urandom(4), "big") / 0xFFFFFFFF


class Backoff:
    """How long to wait before the next try: longer each time, spread by a jitter, reset after steady
    service.
    """

    def __init__(self, dice: Callable[[], float] = fair_dice) -> None:
        self._dice = dice
        self._step = 0

    def next_seconds(self, code: str) -> float:
        """The wait after a failure."""
        base = STEPS_SECONDS[min(self._step, len(STEPS_SECONDS) - 1)]
        if code == "link.busy":
            base = max(base, BUSY_SECONDS)
        self._step += 1
        return base * (1 + JITTER * (2 * self._dice() - 1))

    def reset(self) -> None:
        """Start small again."""
        self._step = 0


class Supervisor:
    """Owns one device. `start` runs `step` in a thread; `call` runs a function in that thread."""

    def __init__(
        self,
        device: Owned,
        *,
        tell: Callable[[Notice], None] = lambda notice: None,
        clock: Monotonic = monotonic,
        dice: Callable[[], float] = fair_dice,
        start_thread: Callable[[Callable[[], None], str], Any] | None = None,
        ports: Callable[[], frozenset[str]] | None = None,
    ) -> None:
        self.device = device
        self._tell = tell
        self._clock = clock
        self._backoff = Backoff(dice)
        self._start_thread = start_thread or _daemon
        self._commands: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._ready_since: float | None = None
        self._retry_at = self._turn_at = clock()
        self._losses: deque[float] = deque()
        self._told_lost = self._told_flapping = False
        self._disabled = False
        self._stopped = threading.Event()
        self._thread: Any = None
        self._seq = 0
        self._list_ports = ports
        self._known_ports: frozenset[str] | None = None

    @property
    def ready(self) -> bool:
        """Whether the device is open."""
        return self._ready_since is not None

    def start(self) -> None:
        """Start the owner thread."""
        self._thread = self._start_thread(self._loop, f"device-{self.device.id}")

    def stop(self) -> None:
        """End the owner thread and close the device."""
        self._stopped.set()
        self._commands.put(None)
        if self._thread is not None:
            self._thread.join(5)
        self.device.close()

    def call(self, work: Callable[[], T]) -> "Future[T]":
        """Run `work` in the owner thread; the future carries its result or its error."""
        future: Future[T] = Future()

        def command() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except Exception as problem:  # noqa: BLE001 - handed to the caller, who decides
                    future.set_exception(problem)

        self._commands.put(command)
        return future

    def _ports_changed(self) -> bool:
        """Whether a port came or went since the last look; the first look only remembers."""
        if self._list_ports is None:
            return False
        before, self._known_ports = self._known_ports, self._list_ports()
        return before is not None and before != self._known_ports

    def step(self) -> float:
        """One round of the owner: a try to open, or a command, or idle work; returns for how many seconds nothing
        else is due.
        """
        if self._ready_since is None:
            due = self._find()
        if self._ready_since is None:
            return due
        if self._command(0.0):
            return 0.0
        if self._clock() - self._ready_since >= STEADY_SECONDS:
            self._backoff.reset()
        if self._clock() >= self._turn_at:
            try:
                self.device.turn(LISTEN_SECONDS)
            except DeviceError as problem:
                self._lost(problem)
                return 0.0
            self._turn_at = self._clock() + self.device.rest()
        return max(0.0, self._turn_at - self._clock())

    def _find(self) -> float:
        """Try to open what is not there, if a try is due; a port that came or went makes it due."""
        if self._ports_changed():
            self._retry_at, self._disabled = self._clock(), False
        if self._clock() >= self._retry_at and not self._disabled:
            self._try_open()
        due = math.inf if self._disabled else max(0.0, self._retry_at - self._clock())
        return min(due, PORT_LOOK_SECONDS)

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                due = self.step()
            except Exception as error:  # noqa: BLE001 — the outermost loop of this thread
                log.error("device.owner_failed", device=self.device.id, exc_info=error)
                due = MISTAKE_SECONDS
            self._command(due)  # also after a mistake: whoever waits in `call` gets an answer

    def _command(self, seconds: float) -> bool:
        """Run one waiting command; True when there was one."""
        try:
            command = self._commands.get(seconds > 0, seconds if seconds > 0 else None)
        except queue.Empty:
            return False
        if command is not None:
            command()
        return True

    def _try_open(self) -> None:
        try:
            self.device.open()
        except DeviceError as problem:
            self._lost(problem)
            return
        self._ready_since = self._turn_at = self._clock()
        self._told_lost = False
        self._say("ready")

    def _lost(self, problem: DeviceError) -> None:
        """Close, count, and plan the next try; a missing permission is not tried again by itself."""
        now = self._clock()
        was_ready, self._ready_since = self._ready_since is not None, None
        self.device.close()
        if problem.code == "link.permission":
            self._disabled = True
            self._say("disabled", problem.code)
            return
        self._retry_at = now + self._backoff.next_seconds(problem.code)
        if was_ready:
            self._count_loss(now)
        if not self._told_lost:
            self._told_lost = True
            self._say("lost", problem.code)

    def _count_loss(self, now: float) -> None:
        self._losses.append(now)
        while self._losses and now - self._losses[0] > FLAPPING_SECONDS:
            self._losses.popleft()
        flapping = len(self._losses) > FLAPPING_LOSSES
        if flapping and not self._told_flapping:
            self._say("flapping")
        self._told_flapping = flapping

    def _say(self, kind: Literal["ready", "lost", "flapping", "disabled"], code: str | None = None) -> None:
        self._seq += 1
        self._tell(Notice(self.device.id, self._seq, self._clock(), kind, code))


def _daemon(work: Callable[[], None], name: str) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
