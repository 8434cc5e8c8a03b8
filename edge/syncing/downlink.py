"""The shell of the down machine: asks for scopes, applies them, holds the doorbell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from edge.node import Node
from edge.syncing.downloads import Downloads
from edge.syncing.identity import Identity
from edge.syncing.inbox import Inbox
from edge.syncing.session import Session
from kit.logs import logger
from retail.errors import LianpuError, NetworkError, ProtocolError
from schemas import wire
from schemas.wire import down as messages
from schemas.wire import up
from sync import calls, down, guard, snapshot
from sync.calls import Answer, Request
from sync.down import DownMachine, State
from sync.moves import Alarm, Arm, Failed, Woke
from sync.plan import Polls, Uniform

log = logger("lianpu.sync")
NO_SESSION_MS = 5_000
ANSWERED = frozenset({200, 206})
GONE = frozenset({404, 412, 416})
BUSY = frozenset({429, 502, 503, 504})  # says nothing of the one scope
Shape = type[messages.Changes] | type[messages.Reset] | type[messages.Current] | type[messages.Buckets]
SHAPES: dict[str, Shape] = {
    "changes": messages.Changes,
    "reset": messages.Reset,
    "current": messages.Current,
    "buckets": messages.Buckets,
}


class Downlink:
    """One node's reference rows on their way from HQ; see `sync.runner.Link`."""

    def __init__(
        self,
        node: Node,
        identity: Identity,
        session: Session,
        uniform: Uniform,
        *,
        listens: bool = True,
        needs_session: Callable[[], None] = lambda: None,
    ) -> None:
        self.node = node
        self.inbox = Inbox(node.reference.db)
        self.alarms: list[str] = []
        self.downloads = Downloads(node.home)
        self._damaged: set[str] = set()  # a chunk of these was wrong; the alarm ends when all have come
        config = node.config
        polls = Polls(config.poll_open_seconds * 1000, config.poll_idle_seconds * 1000)
        self.machine = DownMachine(uniform, polls=polls, listens=listens)
        self._identity = identity
        self._session = session
        self._needs_session = needs_session
        self._lock = threading.Lock()
        self._heads: up.HelloAnswer | None = None
        self._reader: Callable[[Answer], Sequence[down.Event] | Request] | None = None

    def greeted(self, said: up.HelloAnswer) -> None:
        """The uplink has heard where HQ's scopes are; safe from its thread."""
        with self._lock:
            self._heads = said

    # -- Link ------------------------------------------------------------------------------------------

    @property
    def due_ms(self) -> int:
        """When the machine wants to be woken; without a session nothing is due until the uplink has one."""
        if not self._session.token:
            return self.node.clock.monotonic_ms() + NO_SESSION_MS
        return self.machine.due_ms

    def wake(self) -> Request | None:
        """Look at fresh heads and at the timer. A step that ended in an error of this node (a full disk) left the
        conversation in its middle, for nothing is under way when this is called: it failed, and is tried again.
        """
        if self.machine.state not in (State.RESTING, State.WAITING):
            return self.failed(NetworkError("sync.step_lost"))
        if not self._session.token:
            return None
        with self._lock:
            said, self._heads = self._heads, None
        now = self.node.clock.monotonic_ms()
        if said is not None and self._reader is None:
            return self._tell([self._heads_of(said)])
        if self._reader is None and now >= self.machine.due_ms:
            return self._tell([Woke()])
        return None

    def answered(self, answer: Answer) -> Request | None:
        """Read the answer as what was asked."""
        reader, self._reader = self._reader, None
        if reader is None:
            return None
        if answer.status == 401:
            self._session.end()
            self._needs_session()
            return self._tell([Failed()])
        loading = self.machine.state is State.LOADING
        if answer.status not in (ANSWERED | GONE if loading else ANSWERED):
            log.warning("sync.refused", status=answer.status, state=self.machine.state.value)
            whole = answer.status in BUSY or answer.retry_after_ms is not None
            return self._tell([Failed(answer.retry_after_ms) if whole else self._unusable()])
        try:
            found = reader(answer)
        except (NetworkError, ProtocolError) as error:
            log.warning("sync.answer_unusable", why=str(error))
            return self._tell([Failed() if isinstance(error, NetworkError) else self._unusable()])
        return found if isinstance(found, Request) else self._tell(found)

    def failed(self, error: LianpuError) -> Request | None:
        """No answer came."""
        self._reader = None
        return self._tell([Failed()])

    def _unusable(self) -> down.Event:
        return Failed() if self.machine.state is State.LISTENING else down.Unusable()

    # -- commands --------------------------------------------------------------------------------------

    def _tell(self, events: Sequence[down.Event]) -> Request | None:
        commands: list[down.Command] = []
        for event in events:
            commands += self.machine.receive(event, self.node.clock.monotonic_ms())
        return self._run(commands)

    def _run(self, commands: Sequence[down.Command]) -> Request | None:
        for command in commands:
            if isinstance(command, down.Ask):
                return self._ask(command)
            if isinstance(command, down.Mend):
                return self._mend(command.scope)
            if isinstance(command, down.Load):
                return self._load(command)
            if isinstance(command, down.Listen):
                return self._listen()
            if isinstance(command, down.Switch):
                gone = self.inbox.switch(command.keep)
                log.info("sync.scopes_switched", gone=gone)
                self.node.reference.changed()
                self._end_alarm(*self._damaged - command.keep)
                return self._tell([down.Switched()])
            if isinstance(command, Alarm):
                self.alarms[:] = sorted({*self.alarms, command.code})
                log.error("sync.alarm", code=command.code)
                continue
            assert isinstance(command, Arm)
        return None

    def _heads_of(self, said: up.HelloAnswer) -> down.Heads:
        heads = {head.scope: down.At(said.epoch, head.version, head.digest) for head in said.scopes}
        held = {cursor.scope: _at(cursor) for cursor in self.inbox.cursors()}
        return down.Heads(heads, held)

    def _ask(self, command: down.Ask) -> Request | None:
        cursor = self.inbox.cursor(command.scope)
        since, digest = calls.ANEW  # what has come stays if HQ's next manifest names the same chunks
        if not command.anew:
            begun = self._begun(cursor)
            if begun is not None:
                return self._tell([begun])
            since, digest = cursor.version, cursor.digest
        self._reader = lambda answer: [
            self._taken(calls.signed(answer, self._identity.hq_key, "manifest"), command.scope)
        ]
        return calls.scope(self._session.token, command.scope, since, digest, self._session.epoch)

    def _begun(self, cursor: up.Cursor) -> down.Lost | None:
        """A download of this epoch goes on: HQ may have moved on, but what was begun is good. Another goes."""
        begun = self.downloads.kept(cursor.scope)
        if begun is not None and begun.epoch == self._session.epoch and begun.version > cursor.version:
            return down.Lost(cursor.scope, begun.version)
        self.downloads.drop(cursor.scope)
        return None

    def _mend(self, scope: str) -> Request | None:
        """Send the sums of our buckets; HQ answers with the rows of those that differ."""
        cursor = self.inbox.cursor(scope)
        begun = self._begun(cursor)
        if begun is not None:
            return self._tell([begun])
        self._reader = lambda answer: [self._mended(answer, scope)]
        place = (cursor.version, cursor.digest, self._session.epoch)
        return calls.buckets(self._session.token, scope, *place, self.inbox.sums(scope))

    def _mended(self, answer: Answer, scope: str) -> down.Event:
        return self._taken(guard.inflate(calls.signed(answer, self._identity.hq_key, "manifest")), scope)

    def _taken(self, raw: bytes, scope: str) -> down.Event:
        kind = wire.kind_of(raw)
        if kind not in SHAPES:
            raise ProtocolError("sync.answer_unknown", kind=kind)
        said = wire.decode(raw, SHAPES[kind])
        if said.scope != scope:
            raise ProtocolError("sync.answer_of_another")
        now = self.node.clock.now_ms()
        if isinstance(said, messages.Reset):
            self.downloads.begin(snapshot.check(said))
            return down.Lost(scope, said.version)
        if isinstance(said, messages.Current):
            good = self.inbox.confirm(said, now_ms=now, in_force=self._in_force(scope))
            return down.Applied(scope, down.At(said.epoch, said.version, said.digest), good)
        if isinstance(said, messages.Buckets):
            good = self.inbox.mend(said, now_ms=now, in_force=self._in_force(scope))
            log.warning(
                "sync.rows_mended", scope=scope, buckets=len(said.buckets), rows=len(said.rows), good=good
            )
            at, more = down.At(said.epoch, said.version, said.digest), False
        else:
            good = self.inbox.apply(said, now_ms=now, in_force=self._in_force(scope))
            at, more = down.At(said.epoch, said.to, said.digest), said.to < said.head
        if good:
            self._end_alarm(scope)
            self.node.reference.changed()
        return down.Applied(scope, at, good, more=more)

    def _load(self, command: down.Load) -> Request | None:
        """Ask for the first chunk that is missing; the last one brings the snapshot in force."""
        manifest = self.downloads.kept(command.scope)
        if manifest is None:
            return self._tell([down.Applied(command.scope, None, False)])
        number = self.downloads.missing(manifest)
        if number is None:
            return self._tell([self._loaded(manifest)])
        self._reader = lambda answer: [self._chunk(manifest, number, answer)]
        return calls.snapshot(self._session.token, manifest, number)

    def _chunk(self, manifest: messages.Reset, number: int, answer: Answer) -> down.Event:
        if answer.status in GONE:
            self.downloads.drop(manifest.scope)
            return down.Applied(manifest.scope, None, False)
        good = self.downloads.add(manifest, number, answer.body)
        if not good:
            self._damaged.add(manifest.scope)
            log.error("sync.chunk_differs", scope=manifest.scope, version=manifest.version, chunk=number)
        return down.Got(manifest.scope, manifest.version, good)

    def _loaded(self, manifest: messages.Reset) -> down.Event:
        """The whole is here: into the tables in one transaction; then the file has done its work."""
        scope, now = manifest.scope, self.node.clock.now_ms()
        rows = snapshot.unpack(self.downloads.chunks(manifest), manifest.key)
        try:
            good = self.inbox.load(manifest, rows, now_ms=now, in_force=self._in_force(scope))
        except ProtocolError as error:
            log.error("sync.snapshot_unreadable", scope=scope, why=str(error))
            good = False
        self.downloads.drop(scope)
        if good:
            self._end_alarm(scope)
            self.node.reference.changed()
        return down.Applied(scope, down.At(manifest.epoch, manifest.version, manifest.digest), good)

    def _end_alarm(self, *scopes: str) -> None:
        self._damaged.difference_update(scopes)
        if not self._damaged:
            self.alarms.clear()

    def _in_force(self, scope: str) -> bool:
        """A gained scope waits while another one of its kind is still to be given up."""
        held = {cursor.scope for cursor in self.inbox.cursors()}
        return scope in held or not self.machine.losing()

    def _listen(self) -> Request:
        versions = {cursor.scope: cursor.version for cursor in self.inbox.cursors()}
        self._reader = self._rung
        return calls.bell(self._session.token, versions)

    def _rung(self, answer: Answer) -> Sequence[down.Event]:
        said = wire.decode(calls.signed(answer, self._identity.hq_key, "manifest"), messages.Bell)
        epoch = self._session.epoch
        heads = {head.scope: down.At(epoch, head.version, head.digest) for head in said.heads}
        with self._lock:
            fresh, self._heads = self._heads, None
        events: list[down.Event] = [self._heads_of(fresh)] if fresh is not None else []
        return [*events, down.Rung(heads, said.waited)]


def _at(cursor: up.Cursor) -> down.At:
    return down.At(cursor.epoch, cursor.version, cursor.digest)
