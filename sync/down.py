"""The node's down side as a machine: scope after scope is brought to HQ's newest whole version. Pure.

Heads come with each hello and from the doorbell. A scope whose cursor differs from its head is asked for. A snapshot
comes chunk by chunk; one that is wrong is asked for again a few times, then the snapshot is asked for anew. Where rows
are here and not what HQ signed, those of the buckets that differ are asked for first, and a snapshot when that does not
help. A scope that does not come is set aside: the others are brought first, then it is tried again after a pause that
grows. The scope that the node lost stays in force until every scope it gained is complete; then one switch removes it
(SYNC §6).

    state     | leaves on
    RESTING   | Heads → ASKING, MENDING, SWITCHING or RESTING · Woke → LISTENING
    LISTENING | Rung (the doorbell's heads) → ASKING, MENDING, SWITCHING or RESTING
    ASKING    | Applied → ASKING, MENDING, SWITCHING, RESTING or WAITING · Lost → LOADING · Unusable → ASKING or WAITING
    MENDING   | Applied → as from ASKING · Lost → LOADING · Unusable → ASKING (for a snapshot)
    LOADING   | Got → LOADING, ASKING or WAITING · Applied, Unusable → as from ASKING
    SWITCHING | Switched → RESTING
    WAITING   | Woke, Heads → as from RESTING
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from sync.digest import UNKNOWN
from sync.moves import Alarm, Arm, Failed, IllegalMove, Woke
from sync.plan import POLLS, Polls, Uniform, poll_ms, retry_ms

CHUNK_TRIES = 3
OVERDUE = 1.5  # times a poll: a hello that comes as it should is always earlier


class State(Enum):
    """Where the download stands."""

    RESTING = "resting"
    LISTENING = "listening"
    ASKING = "asking"
    MENDING = "mending"
    LOADING = "loading"
    SWITCHING = "switching"
    WAITING = "waiting"


@dataclass(frozen=True)
class At:
    """A version of a scope: HQ's newest, or the one that this node holds."""

    epoch: str
    version: int
    digest: bytes


@dataclass(frozen=True)
class Heads:
    """From a signed hello: every scope this node is subscribed to, and every scope it holds."""

    heads: Mapping[str, At]
    held: Mapping[str, At]


@dataclass(frozen=True)
class Rung:
    """From the doorbell: newest versions, a hint. `waited` is false when HQ could not hold the line: it is asked again
    when the next hello is overdue, or after a minute; the heads come with the hellos meanwhile (ADR 21).
    """

    heads: Mapping[str, At]
    waited: bool


@dataclass(frozen=True)
class Applied:
    """The scope now stands at `at`; `good` is false when the digest did not agree and nothing was changed."""

    scope: str
    at: At | None
    good: bool
    more: bool = False


@dataclass(frozen=True)
class Lost:
    """HQ has no path from our cursor: a snapshot of `version` is ready."""

    scope: str
    version: int


@dataclass(frozen=True)
class Got:
    """A chunk of the snapshot has come; `good` is false when it is not the one that the manifest names."""

    scope: str
    version: int
    good: bool


@dataclass(frozen=True)
class Unusable:
    """HQ has answered for the scope that was asked for, and not with what brings it forward."""


@dataclass(frozen=True)
class Switched:
    """The lost scopes are gone and the gained ones in force."""


@dataclass(frozen=True)
class Ask:
    """Ask for what leads from our cursor to a newer version; `anew` asks for a snapshot."""

    scope: str
    anew: bool = False


@dataclass(frozen=True)
class Mend:
    """Ask for the rows of the buckets in which we differ from HQ's newest version."""

    scope: str


@dataclass(frozen=True)
class Load:
    """Get the first chunk of the snapshot that is not here yet; when all are, put it in force."""

    scope: str
    version: int


@dataclass(frozen=True)
class Switch:
    """One transaction: only these scopes remain and all of them are in force."""

    keep: frozenset[str]


@dataclass(frozen=True)
class Listen:
    """Ring me when one of these scopes moves."""


Command = Ask | Mend | Load | Switch | Listen | Arm | Alarm
Event = Heads | Rung | Applied | Lost | Got | Unusable | Switched | Woke | Failed


@dataclass
class _Work:
    heads: dict[str, At] = field(default_factory=dict)
    held: dict[str, At] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)  # rows here that changes do not lead on from
    anew: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)  # not asked for before `pause_until`
    setbacks: dict[str, int] = field(default_factory=dict)  # times set aside since it last came
    spoilt: dict[str, int] = field(default_factory=dict)
    pause_until: int = 0
    bad_chunks: int = 0
    asked: str = ""


class DownMachine:
    """One node's conversation about the scopes."""

    def __init__(self, uniform: Uniform, *, polls: Polls = POLLS, listens: bool = True) -> None:
        self.state = State.RESTING
        self.tries = 0
        self.due_ms = 0
        self._uniform = uniform
        self._polls = polls
        self._listens = listens
        self._work = _Work()
        self._now_ms = 0
        self._asked_ms = 0
        self._ring_ms = 0  # HQ could not hold the line: when a hello is overdue
        self._place_ms = 0  # and when to see whether it can by now
        self._took_ms = 0
        self._next_heads: Heads | None = None

    def receive(self, event: Event, now_ms: int) -> list[Command]:
        """Take one event at monotonic time `now_ms`; raises `IllegalMove` for one that cannot happen now."""
        handler = _TABLE.get((self.state, type(event))) or _TABLE.get((None, type(event)))
        idle = self.state in (State.RESTING, State.WAITING)
        if handler is None or (type(event) is Failed and idle):
            raise IllegalMove(f"{type(event).__name__} in {self.state.name}")
        self._now_ms = now_ms
        return handler(self, event)

    def behind(self) -> list[str]:
        """Scopes that are not at HQ's head, those of the whole chain first."""
        work = self._work
        waiting = (scope for scope, head in work.heads.items() if not _same(work.held.get(scope), head))
        return sorted(waiting, key=_rank)

    def losing(self) -> bool:
        """Does the node hold a scope that it is not subscribed to any more?"""
        return bool(self._work.heads) and bool(set(self._work.held) - set(self._work.heads))

    # -- moves -----------------------------------------------------------------------------------------

    def _on_heads(self, event: Heads) -> list[Command]:
        if self.state not in (State.RESTING, State.WAITING):
            self._next_heads = event
            return []
        self._take(event)
        return self._next()

    def _take(self, event: Heads) -> None:
        """Where HQ is now; what is known of scopes that do not come stays known until they do."""
        if self._ring_ms:
            self._put_bell_off()
        old, self._work = self._work, _Work(dict(event.heads), dict(event.held))
        behind = set(self.behind())
        self._work.anew, self._work.doubted = old.anew & behind, old.doubted & behind
        self._work.setbacks = {scope: count for scope, count in old.setbacks.items() if scope in behind}
        if self._now_ms < old.pause_until or not old.pause_until:
            self._work.aside, self._work.pause_until = old.aside & behind, old.pause_until

    def _on_rung(self, event: Rung) -> list[Command]:
        self.tries = 0  # and not when it is rung: bells in vain must grow rarer, too
        known = self._work.heads
        for scope, head in event.heads.items():
            if scope in known and head.version != known[scope].version:
                known[scope] = head
        if event.waited:
            self._ring_ms = self._place_ms = 0
        else:
            self._took_ms = self._now_ms - self._asked_ms
            self._place_ms = self._now_ms + poll_ms(self._polls, True, self._uniform, self._took_ms)
            self._put_bell_off()
        return self._next()

    def _put_bell_off(self) -> None:
        """News has just come: the bell would tell nothing new before a hello is overdue."""
        self._ring_ms = self._now_ms + int(
            OVERDUE * poll_ms(self._polls, False, self._uniform, self._took_ms)
        )

    def _on_woke(self, _event: Woke) -> list[Command]:
        self._work.aside.clear()
        self._work.pause_until = 0
        return self._next()

    def _next(self) -> list[Command]:
        if self._next_heads is not None:
            event, self._next_heads = self._next_heads, None
            self._take(event)
        work = self._work
        waiting = [scope for scope in self.behind() if scope not in work.aside]
        if waiting:
            return [self._question(waiting[0])]
        if work.aside:
            return [self._pause()]
        if self.losing():
            self.state = State.SWITCHING
            return [Switch(frozenset(self._work.heads))]
        if not self._listens or not self._work.heads:
            self.tries = 0
            return self._rest(poll_ms(self._polls, False, self._uniform))
        ring_ms = min(self._ring_ms, self._place_ms)
        if self._now_ms < ring_ms:
            return self._rest(ring_ms - self._now_ms)
        self.state, self._asked_ms = State.LISTENING, self._now_ms
        return [Listen()]

    def _question(self, scope: str) -> Command:
        work = self._work
        work.asked, held = scope, work.held.get(scope)
        forgotten = held is not None and held.digest == UNKNOWN
        if scope not in work.anew and (forgotten or scope in work.doubted):
            self.state = State.MENDING
            return Mend(scope)
        self.state = State.ASKING
        return Ask(scope, scope in work.anew)

    def _on_applied(self, event: Applied) -> list[Command]:
        if not event.good:
            return self._on_spoilt(event.scope)
        self._work.anew.discard(event.scope)
        self._work.doubted.discard(event.scope)
        self._work.setbacks.pop(event.scope, None)
        self._work.spoilt.pop(event.scope, None)
        if event.at is not None:
            self._work.held[event.scope] = event.at
            # An answer is newer than any head heard before it, also when it says less: HQ may be an older copy of
            # itself by now, and a head that it does not have any more must not be asked for again and again.
            asked = self.state in (State.ASKING, State.MENDING)
            if asked and event.scope in self._work.heads and not event.more:
                self._work.heads[event.scope] = event.at
        return self._next()

    def _on_spoilt(self, scope: str) -> list[Command]:
        """Changes that did not fit: our rows may be wrong. What else does not fit is asked for as a snapshot."""
        work = self._work
        changes = self.state is State.ASKING and scope in work.held and scope not in work.anew
        (work.doubted if changes else work.anew).add(scope)
        if self.state is not State.MENDING:
            work.spoilt[scope] = work.spoilt.get(scope, 0) + 1
        return self._set_aside(scope) if work.spoilt.get(scope, 0) > 2 else self._next()

    def _on_lost(self, event: Lost) -> list[Command]:
        self.state, self._work.asked = State.LOADING, event.scope
        self._work.bad_chunks = 0
        return [Load(event.scope, event.version)]

    def _on_got(self, event: Got) -> list[Command]:
        work = self._work
        if event.good:
            self.tries = work.bad_chunks = 0
            return [Load(event.scope, event.version)]
        work.bad_chunks += 1
        if work.bad_chunks < CHUNK_TRIES:
            return [Load(event.scope, event.version)]
        work.anew.add(event.scope)
        return [Alarm("sync.snapshot_damaged"), *self._set_aside(event.scope)]

    def _on_unusable(self, _event: Unusable) -> list[Command]:
        return self._set_aside(self._work.asked)

    def _on_not_mended(self, _event: Unusable) -> list[Command]:
        """An HQ that knows no buckets, or an answer that is none."""
        self._work.anew.add(self._work.asked)
        return self._next()

    def _on_switched(self, _event: Switched) -> list[Command]:
        work = self._work
        work.held = {scope: at for scope, at in work.held.items() if scope in work.heads}
        return self._next()

    def _on_failed(self, event: Failed) -> list[Command]:
        self.tries += 1
        self.state = State.WAITING
        return [self._arm(retry_ms(self.tries, self._uniform, event.retry_after_ms))]

    def _set_aside(self, scope: str) -> list[Command]:
        work = self._work
        work.aside.add(scope)
        work.setbacks[scope] = work.setbacks.get(scope, 0) + 1
        return self._next()

    def _pause(self) -> Arm:
        """All that comes has come. How long the rest waits is counted per scope, whatever else comes."""
        work = self._work
        self.state = State.WAITING
        if self._now_ms >= work.pause_until:
            self.tries = max(self.tries + 1, *(work.setbacks[scope] for scope in work.aside))
            work.pause_until = self._now_ms + retry_ms(self.tries, self._uniform)
        self.due_ms = work.pause_until
        return Arm(self.due_ms)

    def _rest(self, for_ms: int) -> list[Command]:
        self.state = State.RESTING
        return [self._arm(for_ms)]

    def _arm(self, in_ms: int) -> Arm:
        self.due_ms = self._now_ms + in_ms
        return Arm(self.due_ms)


def _same(held: At | None, head: At) -> bool:
    return held == head


def _rank(scope: str) -> tuple[int, str]:
    order = ("config", "erase", "store", "chain", "zone")
    kind = scope.split(":")[0]
    return (order.index(kind) if kind in order else len(order), scope)


_Handler = Callable[..., list[Command]]
_TABLE: dict[tuple[State | None, type], _Handler] = {
    (State.RESTING, Woke): DownMachine._on_woke,
    (State.WAITING, Woke): DownMachine._on_woke,
    (State.LISTENING, Rung): DownMachine._on_rung,
    (State.ASKING, Applied): DownMachine._on_applied,
    (State.ASKING, Lost): DownMachine._on_lost,
    (State.ASKING, Unusable): DownMachine._on_unusable,
    (State.MENDING, Applied): DownMachine._on_applied,
    (State.MENDING, Lost): DownMachine._on_lost,
    (State.MENDING, Unusable): DownMachine._on_not_mended,
    (State.LOADING, Unusable): DownMachine._on_unusable,
    (State.LOADING, Got): DownMachine._on_got,
    (State.LOADING, Applied): DownMachine._on_applied,
    (State.SWITCHING, Switched): DownMachine._on_switched,
    (None, Heads): DownMachine._on_heads,
    (None, Failed): DownMachine._on_failed,
}
