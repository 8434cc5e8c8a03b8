"""The node's up side as a machine: events in, commands out, no clock, no file, no network.

One thing at a time is under way. A node connects (proves its key), greets (says what it has, hears what HQ
has), and from the difference follows everything:

    HQ has less of an incarnation than we         push what follows HQ's head
    HQ has as much, with the same hash            rest
    HQ has more, our head is in HQ's log          our disk was put back: mint, then fetch what we lost
    the hashes differ                             two disks wrote one incarnation: find the common prefix,
    show HQ
                                                  our tail as evidence, mint, write the tail anew at its end
    HQ has less than we have purged               a hole: mint, write what we kept anew
    HQ has less of a dead computer's log          nobody can sign it: write what HQ lacks anew

Only the current incarnation is replaced (a mint per finding, never a loop); of older ones what HQ lacks is
sent and what only HQ has is fetched. HQ's word of how far it is counts, never our own cursor. After any
failure the node greets again instead of guessing. Whatever happens a timer is armed, so nothing that is
unsent waits for ever.

    state        | leaves on
    RESTING      | Woke → GREETING · Committed → PUSHING
    CONNECTING   | Connected → GREETING
    GREETING     | Greeted → COMPARING, HOMING, PUSHING, FETCHING or RESTING · Misunderstood → WAITING
    COMPARING    | Compared → COMPARING, PUSHING (evidence), HOMING or the next thing to do
    PUSHING      | Receipted → PUSHING or RESTING · Gapped → GREETING · Forked → COMPARING or HOMING
                 | Refused → PUSHING
    HOMING       | Homed → GREETING
    FETCHING     | Fetched → FETCHING or RESTING
    WAITING      | Woke → CONNECTING or GREETING
    any but rest | Failed → WAITING · Unauthorised → CONNECTING
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from sync.moves import (
    Alarm,
    Arm,
    Command,
    Committed,
    Compare,
    Compared,
    Connect,
    Connected,
    Event,
    Failed,
    Fetch,
    Fetched,
    Forked,
    Gapped,
    Greet,
    Greeted,
    HelloAsked,
    Home,
    Homed,
    IllegalMove,
    Misunderstood,
    Push,
    Receipted,
    Refused,
    Standing,
    Unauthorised,
    Woke,
)
from sync.plan import (
    BUSY_CAP_MS,
    IDLE_AFTER_MS,
    POLLS,
    RETRY_CAP_MS,
    BatchSize,
    Polls,
    Uniform,
    poll_ms,
    retry_ms,
)

PROBES = 16
ROUNDS_MAX = 20


class State(Enum):
    """Where the conversation stands."""

    RESTING = "resting"
    CONNECTING = "connecting"
    GREETING = "greeting"
    COMPARING = "comparing"
    PUSHING = "pushing"
    HOMING = "homing"
    FETCHING = "fetching"
    WAITING = "waiting"


@dataclass(frozen=True)
class Search:
    """The greatest common seq lies in low..high; `evident` when HQ has our tail as evidence already."""

    standing: Standing
    low: int
    high: int
    evident: bool = False


@dataclass
class _Plan:
    """What is left to do of the last greeting."""

    send: dict[str, int] = field(default_factory=dict)  # inc → HQ's seq, oldest first
    own: dict[str, int] = field(default_factory=dict)
    fetch: list[tuple[str, int]] = field(default_factory=list)
    search: list[Search] = field(default_factory=list)


class UpMachine:
    """One node's conversation with HQ about its own logs."""

    def __init__(self, uniform: Uniform, polls: Polls = POLLS) -> None:
        self.state = State.RESTING
        self.epoch = ""
        self.connected = False
        self.greeted = False
        self.misunderstood = False
        self.current = ""
        self.tries = 0
        self.rounds = 0
        self.due_ms = 0
        self.quiet_since_ms = 0
        self.took_ms = 0  # HQ's answer to the last greeting
        self._asked_ms = self._greet_by_ms = 0
        self._uniform = uniform
        self._polls = polls
        self._plan = _Plan()
        self._size = BatchSize()
        self._events_max = self._size.events
        self._standings: dict[str, Standing] = {}
        self._now_ms = 0

    def receive(self, event: Event, now_ms: int) -> list[Command]:
        """Take one event at monotonic time `now_ms`; raises `IllegalMove` for one that cannot happen now."""
        handler = _TABLE.get((self.state, type(event))) or _TABLE.get((None, type(event)))
        if handler is None or (handler in _BUSY_ONLY and self.state in (State.RESTING, State.WAITING)):
            raise IllegalMove(f"{type(event).__name__} in {self.state.name}")
        self._now_ms = now_ms
        return handler(self, event)

    # -- starting and ending ---------------------------------------------------------------------------

    def _begin(self, _event: Woke) -> list[Command]:
        if not self.connected:
            self.state = State.CONNECTING
            return [Connect()]
        return self._greet()

    def _greet(self, _event: object = None) -> list[Command]:
        self.rounds += 1
        if self.rounds > ROUNDS_MAX:  # something is wrong at one end: go on, but slowly
            return self._on_failed(Failed())
        self.state, self._asked_ms = State.GREETING, self._now_ms
        return [Greet()]

    def _on_connected(self, _event: Connected) -> list[Command]:
        self.connected = True
        return self._greet()

    def _on_failed(self, event: Failed) -> list[Command]:
        self.tries += 1
        self.rounds = 0
        self.state = State.WAITING
        cap_ms = BUSY_CAP_MS if event.busy else RETRY_CAP_MS
        return [self._arm(retry_ms(self.tries, self._uniform, event.retry_after_ms, cap_ms))]

    def _on_unauthorised(self, event: Unauthorised) -> list[Command]:
        was_connected, self.connected = self.connected, False
        if not was_connected:
            return self._on_failed(Failed())
        self.state = State.CONNECTING
        return [Connect()]

    def _rest(self) -> list[Command]:
        """A sale that was pushed puts the next greeting off, but not for longer than a shop at rest is silent."""
        self.state = State.RESTING
        self.tries = self.rounds = 0
        idle = self._now_ms - self.quiet_since_ms > IDLE_AFTER_MS
        wait = poll_ms(self._polls, idle, self._uniform, self.took_ms)
        return [self._arm(max(0, min(wait, self._greet_by_ms - self._now_ms)))]

    def _arm(self, in_ms: int) -> Arm:
        self.due_ms = self._now_ms + in_ms
        return Arm(self.due_ms)

    # -- the verdict -----------------------------------------------------------------------------------

    def _on_greeted(self, event: Greeted) -> list[Command]:
        self.epoch = event.epoch
        self.took_ms = self._now_ms - self._asked_ms
        self._greet_by_ms = self._now_ms + poll_ms(self._polls, True, self._uniform, self.took_ms)
        self._events_max = event.events_max
        self.greeted, self.misunderstood = True, False
        self._plan = _Plan()
        self._standings = {standing.inc: standing for standing in event.standings}
        for standing in event.standings:
            self._judge(standing)
            if standing.current:
                self.current = standing.inc
        return self._next()

    def _judge(self, s: Standing) -> None:
        agrees = s.own_at_recv == s.recv_hash
        self._plan.own[s.inc] = s.own_seq
        if s.recv_seq < s.purged_seq:
            self._plan.search.append(Search(s, s.purged_seq, s.purged_seq, evident=True))
        elif s.recv_seq > s.own_seq:
            if s.current or s.fetched_seq < s.recv_seq:
                self._plan.search.append(Search(s, s.purged_seq, s.own_seq))
        elif not agrees:
            self._plan.search.append(Search(s, s.purged_seq, s.recv_seq))
        elif s.foreign and s.recv_seq < s.own_seq:
            self._plan.search.append(Search(s, s.recv_seq, s.recv_seq, evident=True))
        elif s.recv_seq < s.own_seq or s.current:
            self._plan.send[s.inc] = s.recv_seq

    def _next(self) -> list[Command]:
        """Troubles first (the log must be sound before it grows), then uploads, then what was lost here."""
        if self._plan.search:
            return self._seek()
        for inc, seq in self._plan.send.items():
            if seq < self._plan.own[inc]:
                return self._push(inc, seq)
        if self._plan.fetch:
            inc, seq = self._plan.fetch[0]
            self.state = State.FETCHING
            return [Fetch(inc, seq)]
        return self._rest()

    # -- the common prefix -----------------------------------------------------------------------------

    def _seek(self) -> list[Command]:
        search = self._plan.search[0]
        if search.low >= search.high:
            return self._found(search)
        self.state = State.COMPARING
        width = search.high - search.low
        steps = min(PROBES, width)
        seqs = tuple(search.low + (width * (i + 1)) // steps for i in range(steps))
        return [Compare(search.standing.inc, seqs)]

    def _on_compared(self, event: Compared) -> list[Command]:
        search = self._plan.search[0]
        low, high = search.low, search.high
        for seq in sorted(event.own):
            if event.hq.get(seq) == event.own[seq]:
                low = max(low, seq)
            else:
                high = min(high, seq - 1)
                break
        if event.inc != search.standing.inc or (low, high) == (search.low, search.high):
            return self._on_failed(Failed())
        self._plan.search[0] = replace(search, low=low, high=max(low, high))
        return self._seek()

    def _found(self, search: Search) -> list[Command]:
        s, common = search.standing, search.low
        if s.recv_seq == common and s.foreign:
            self._plan.search.pop(0)
            return self._homing(s, common)
        if s.recv_seq == common:  # HQ is merely behind us
            self._plan.search.pop(0)
            self._plan.send[s.inc] = common
            return self._next()
        if s.own_seq > common and not search.evident and not s.foreign:
            return self._push(s.inc, common)
        self._plan.search.pop(0)
        if s.recv_seq < s.purged_seq:
            return self._home(s, common, "hole")
        if s.own_seq > common:
            return self._home(s, common, "fork")
        if s.current:
            return self._home(s, common, "rollback")
        self._plan.fetch.append((s.inc, max(common, s.fetched_seq)))
        return self._next()

    def _home(self, standing: Standing, common: int, reason: str) -> list[Command]:
        alarm = Alarm(f"sync.{reason}", standing.inc)
        return [alarm, *self._homing(standing, common, reason if standing.current else None)]

    def _homing(self, standing: Standing, common: int, reason: str | None = None) -> list[Command]:
        self.state = State.HOMING
        return [Home(standing.inc, common, reason)]

    # -- pushing ---------------------------------------------------------------------------------------

    def _push(self, inc: str, after_seq: int) -> list[Command]:
        self.state = State.PUSHING
        return [Push(inc, after_seq, min(self._size.events, self._events_max))]

    def _on_committed(self, event: Committed) -> list[Command]:
        self.quiet_since_ms = self._now_ms
        self._plan.own[event.inc] = event.own_seq
        if self.state is not State.RESTING:
            return []
        if not self.connected or not self.greeted:
            return self._begin(Woke())
        if event.inc not in self._plan.send:
            return self._greet()
        return self._next()

    def _on_receipted(self, event: Receipted) -> list[Command]:
        if self._plan.search or not event.agrees or event.epoch != self.epoch:
            return self._greet()
        self._size = self._size.grown()
        self.tries = 0
        self._plan.own[event.inc] = event.own_seq
        self._plan.send[event.inc] = event.seq
        if self._now_ms >= self._greet_by_ms:  # a shop that sells faster than HQ answers never rests
            self.rounds = 0
            return self._greet()
        return self._next()

    def _on_gapped(self, event: Gapped) -> list[Command]:
        if self._plan.search or not event.agrees:
            return self._greet()
        if event.seq >= self._plan.send.get(event.inc, 0):
            return self._on_failed(Failed())  # HQ calls a gap what it says it has: never spin on it
        # HQ has lost what it signed: it must see its receipt before it gets the events again
        return self._greet()

    def _on_forked(self, event: Forked) -> list[Command]:
        if self._plan.search:  # our tail was shown on purpose
            search = self._plan.search[0] = replace(self._plan.search[0], evident=True)
            return self._found(search)
        known = self._standings.get(event.inc)
        if known is None:
            return self._greet()
        standing = replace(
            known, own_seq=self._plan.own[event.inc], recv_seq=event.seq, current=event.inc == self.current
        )
        self._plan.search.append(
            Search(standing, standing.purged_seq, min(standing.own_seq, event.seq), evident=True)
        )
        return self._seek()

    def _on_refused(self, event: Refused) -> list[Command]:
        if event.events <= 1:
            return [Alarm("sync.refused"), *self._on_failed(Failed())]
        self._size = self._size.halved(event.events)
        return self._greet()

    def _on_misunderstood(self, _event: Misunderstood) -> list[Command]:
        """A person is told once, and it is tried again until one of the two programs is newer."""
        told, self.misunderstood = self.misunderstood, True
        return [*([] if told else [Alarm("sync.protocol")]), *self._on_failed(Failed())]

    def _on_homed(self, _event: Homed) -> list[Command]:
        return self._greet()

    # -- fetching --------------------------------------------------------------------------------------

    def _on_fetched(self, event: Fetched) -> list[Command]:
        self._plan.fetch.pop(0)
        if event.more:
            self._plan.fetch.insert(0, (event.inc, event.seq))
        return self._next()


_Handler = Callable[..., list[Command]]
_TABLE: dict[tuple[State | None, type], _Handler] = {
    (State.RESTING, Woke): UpMachine._begin,
    (State.WAITING, Woke): UpMachine._begin,
    (State.CONNECTING, Connected): UpMachine._on_connected,
    (State.GREETING, Greeted): UpMachine._on_greeted,
    (State.GREETING, Misunderstood): UpMachine._on_misunderstood,
    (State.COMPARING, Compared): UpMachine._on_compared,
    (State.PUSHING, Receipted): UpMachine._on_receipted,
    (State.PUSHING, Gapped): UpMachine._on_gapped,
    (State.PUSHING, Forked): UpMachine._on_forked,
    (State.PUSHING, Refused): UpMachine._on_refused,
    (State.PUSHING, HelloAsked): UpMachine._greet,
    (State.HOMING, Homed): UpMachine._on_homed,
    (State.FETCHING, Fetched): UpMachine._on_fetched,
    (None, Committed): UpMachine._on_committed,
    (None, Failed): UpMachine._on_failed,
    (None, Unauthorised): UpMachine._on_unauthorised,
}
_BUSY_ONLY: frozenset[_Handler] = frozenset({UpMachine._on_failed, UpMachine._on_unauthorised})
