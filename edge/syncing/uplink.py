"""The shell of the up machine: turns its commands into transactions and requests, answers into its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from edge.journal.repository import insert_head_signature, set_meta
from edge.node import HEARD, VERSION, Node
from edge.syncing import epochs, homing, outbox, purge, replay
from edge.syncing.identity import Identity
from edge.syncing.session import Session
from kit.crypto import random_bytes
from kit.logs import logger
from retail.errors import LianpuError, NetworkError, ProtocolError
from schemas import wire
from schemas.events.node import ClockCorrected
from schemas.wire import session as messages
from schemas.wire import up
from schemas.wire.up import Cursor, SignedReceipt
from sync import calls, moves
from sync.calls import Answer, Request
from sync.chain import genesis
from sync.machine import State, UpMachine
from sync.plan import Polls, Uniform

if TYPE_CHECKING:
    Listener = Callable[[up.HelloAnswer], None]

log = logger("lianpu.sync")
CLOCK_STEP_MS = 10 * 60_000
TELEMETRY_MS = 60_000
TURN_MS = 60_000  # of incarnations, where one greeting cannot name all
ENVELOPE_REFUSED = (400, 413, 422)
TOO_BUSY = (429, 503)
NO_COMMON_PROTOCOL = "sync.protocol"
REFUSED = "sync.refused"


class Uplink:
    """One node's own logs on their way to HQ; see `sync.runner.Link`."""

    def __init__(
        self,
        node: Node,
        identity: Identity,
        session: Session,
        uniform: Uniform,
        *,
        cursors: Callable[[], list[Cursor]] = list,
        telemetry: Callable[[], up.Telemetry] | None = None,
        greeted: Callable[[up.HelloAnswer], None] = lambda _answer: None,
        protocols: Sequence[int] = wire.PROTOCOLS,
    ) -> None:
        self.node = node
        self.identity = identity
        self.session = session
        self.protocols = protocols
        self.alarms: list[str] = []
        config = node.config
        self.machine = UpMachine(
            uniform, Polls(config.poll_open_seconds * 1000, config.poll_idle_seconds * 1000)
        )
        self._cursors = cursors
        self._telemetry = telemetry
        self._told_at: int | None = None
        self._is_answered = False  # the last request, by somebody who was not too busy
        self._on_greeted = greeted
        self._reader: Callable[[Answer], Sequence[moves.Event] | Request] | None = None
        self._told: tuple[str, int] = ("", 0)
        self._named: frozenset[str] = frozenset()
        self._pushed = 0
        self._pushing: tuple[str, int] = ("", 0)  # the last place of what is under way
        self._refused: dict[str, int] = {}  # incarnation → the place that HQ takes by no means

    # -- Link ------------------------------------------------------------------------------------------

    @property
    def due_ms(self) -> int:
        """When the machine wants to be woken."""
        return self.machine.due_ms

    def wake(self) -> Request | None:
        """Look at the journal and at the timer. A step that ended in an error of this node (a full disk) left the
        conversation in its middle, for nothing is under way when this is called: it failed, and is tried again.
        """
        if self.machine.state not in (State.RESTING, State.WAITING):
            return self.failed(NetworkError("sync.step_lost"))
        now, head = self.node.clock.monotonic_ms(), self.node.journal.head
        commands: list[moves.Command] = []
        if (head.inc, head.seq) != self._told:
            self._told = (head.inc, head.seq)
            commands = self.machine.receive(moves.Committed(head.inc, head.seq), now)
        resting = self.machine.state in (State.RESTING, State.WAITING)
        ended = self.machine.state is State.RESTING and self.machine.connected and not self.session.token
        if not commands and resting and (ended or now >= self.machine.due_ms):
            commands = self.machine.receive(moves.Woke(), now)
        return self._run(commands)

    def answered(self, answer: Answer) -> Request | None:
        """Read the answer as what was asked."""
        self._is_answered = answer.status not in TOO_BUSY
        if self._reader is None:
            if answer.status != 204:
                log.warning("sync.telemetry_refused", status=answer.status)
            return self._run([])
        reader, self._reader = self._reader, None
        if answer.status == 401:
            self.session.end()
            return self._tell([moves.Unauthorised()])
        if answer.status in TOO_BUSY:
            return self._tell([moves.Failed(answer.retry_after_ms, busy=True)])
        if answer.status in ENVELOPE_REFUSED and self.machine.state is State.PUSHING:
            log.warning("sync.refused", status=answer.status, events=self._pushed)
            return self._tell([moves.Refused(self._pushed)])
        if answer.status == 422 and self.machine.state is State.GREETING and self._misunderstood(answer):
            log.warning("sync.misunderstood", offered=list(self.protocols))
            return self._tell([moves.Misunderstood()])
        if answer.status not in (200, 204):
            log.warning("sync.refused", status=answer.status, state=self.machine.state.value)
            return self._tell([moves.Failed()])
        try:
            found = reader(answer)
        except (NetworkError, ProtocolError) as error:
            log.warning("sync.answer_unusable", why=str(error))
            return self._tell([moves.Failed()])
        return found if isinstance(found, Request) else self._tell(found)

    def failed(self, error: LianpuError) -> Request | None:
        """No answer came."""
        self._reader, self._is_answered = None, False
        if self.machine.state in (State.RESTING, State.WAITING):
            return None  # telemetry is lossy
        return self._tell([moves.Failed()])

    # -- commands --------------------------------------------------------------------------------------

    def _tell(self, events: Sequence[moves.Event]) -> Request | None:
        commands: list[moves.Command] = []
        for event in events:
            commands += self.machine.receive(event, self.node.clock.monotonic_ms())
        return self._run(commands)

    def _run(self, commands: Sequence[moves.Command]) -> Request | None:
        """Local commands at once, the network command (there is at most one) as a request."""
        request: Request | None = None
        for command in commands:
            if isinstance(command, moves.Alarm):
                self.alarms = sorted({*self.alarms, command.code})
                if command.code == REFUSED:
                    self._refused.update([self._pushing])
                log.error("sync.alarm", code=command.code, inc=command.inc)
            elif isinstance(command, moves.Home):
                homing.home(self.node, command)
                self._is_written_anew(command.inc, command.common_seq)
                return self._tell([moves.Homed()])
            elif isinstance(command, moves.Connect):
                request = self._challenge()
            elif isinstance(command, moves.Greet):
                request = self._hello()
            elif isinstance(command, moves.Push):
                request = self._push(command)
            elif isinstance(command, moves.Compare):
                request = self._compare(command)
            elif isinstance(command, moves.Fetch):
                request = self._fetch(command)
        return self._report() if request is None and self._has_time() else request

    def _challenge(self) -> Request:
        nonce, identity = random_bytes(32), self.identity

        def opened(answer: Answer) -> Sequence[moves.Event]:
            said = wire.decode(answer.body, messages.SessionAnswer)
            self.session.token = said.token
            return [moves.Connected()]

        def challenged(answer: Answer) -> Request:
            said = calls.challenged(answer, identity.node, nonce, identity.hq_key)
            self._reader = opened
            return calls.open_session(
                self.node.key, identity.node, nonce, identity.hq_key, said.nonce, identity.record
            )

        self._reader = challenged
        return calls.challenge(identity.node, nonce)

    # -- hello -----------------------------------------------------------------------------------------

    def _hello(self) -> Request:
        nonce = random_bytes(16)
        with self.node.db.read() as tx:
            own = outbox.incs(tx)
        named = outbox.told(own, self.node.clock.monotonic_ms() // TURN_MS)
        self._named = frozenset(inc.inc for inc in named)
        message = up.Hello(
            node=self.identity.node,
            protocols=list(self.protocols),
            app_version=VERSION,
            incs=[outbox.state_of(inc) for inc in named],
            epoch_seen=max((inc.receipt.epoch for inc in own if inc.receipt), default=""),
            cursors=self._cursors(),
            clock_ms=self.node.clock.now_ms(),
            nonce=nonce,
        )
        self._reader = lambda answer: [self._greeted(calls.greeted(answer, self.identity.hq_key, nonce))]
        return calls.hello(self.node.key, self.session.token, message)

    def _misunderstood(self, answer: Answer) -> bool:
        """Does HQ say that it speaks no version that this program offered? Anything unreadable is not HQ's word."""
        try:
            return wire.decode(answer.body, wire.Refusal).code == "sync.protocol_unknown"
        except ProtocolError:
            return False

    def _greeted(self, said: up.HelloAnswer) -> moves.Event:
        if said.protocol not in self.protocols:
            raise ProtocolError("sync.protocol_unknown", protocol=said.protocol)
        receipts = {
            part.inc: calls.receipt_of(part.receipt, self.identity.hq_key, self.identity.node)
            for part in said.incs
        }
        self._learn(said.hq_at)
        self.session.epoch, self.session.protocol = said.epoch, said.protocol
        self._enter(said.epoch)
        self._end_alarm(NO_COMMON_PROTOCOL)
        for inc, receipt in receipts.items():
            self._has_taken(inc, receipt.seq)
        with self.node.db.read() as tx:
            before = outbox.incs(tx)
        self._keep_standing(said, receipts, before)
        receipts |= self._left_out(said, before)
        has = {inc: (receipt.seq, receipt.hash) for inc, receipt in receipts.items()}
        homing.give_back(self.node, before, has)
        self._purge(said)
        with self.node.db.read() as tx:
            standings = tuple(
                moves.Standing(
                    inc=own.inc,
                    current=own.current,
                    own_seq=own.last_seq,
                    recv_seq=receipts[own.inc].seq,
                    recv_hash=receipts[own.inc].hash,
                    own_at_recv=outbox.hash_at(tx, own.inc, receipts[own.inc].seq),
                    purged_seq=own.purged_seq,
                    fetched_seq=own.fetched_seq,
                    foreign=own.public_key != self.node.key.public,
                )
                for own in outbox.incs(tx)
                if own.inc in receipts and not own.closed
            )
        self._on_greeted(said)
        return moves.Greeted(said.epoch, standings, said.limits.events)

    def _enter(self, epoch: str) -> None:
        with self.node.db.read() as tx:
            known = epochs.current(tx)
        if known != epoch:
            with self.node.journal.writing() as tx:
                epochs.enter(tx, epoch)

    def _keep_standing(
        self, said: up.HelloAnswer, receipts: dict[str, up.Receipt], own: Sequence[outbox.OwnInc]
    ) -> None:
        """HQ's word of how far it is, as far as our own hash agrees; written only when it says something new."""
        have = {one.inc: one for one in own}
        known = [part for part in said.incs if part.inc in have]
        with self.node.db.read() as tx:
            fresh = [
                part
                for part in known
                if _news(have[part.inc], receipts[part.inc])
                and outbox.hash_at(tx, part.inc, receipts[part.inc].seq) == receipts[part.inc].hash
            ]
        promised = [part for part in known if have[part.inc].durable != _promise(part)]
        if not fresh and not promised:
            return
        with self.node.journal.writing() as tx:
            for part in fresh:
                outbox.keep_receipt(tx, receipts[part.inc], part.receipt)
            for part in {part.inc: part for part in [*fresh, *promised]}.values():
                outbox.keep_durable(tx, part.inc, _promise(part))

    def _left_out(self, said: up.HelloAnswer, own: Sequence[outbox.OwnInc]) -> dict[str, up.Receipt]:
        """What the greeting named and HQ leaves out is of a computer that HQ does not know: it has nothing of it."""
        answered = {part.inc for part in said.incs}
        return {
            inc.inc: up.Receipt(
                node=self.identity.node,
                inc=inc.inc,
                seq=0,
                hash=genesis(inc.record),
                epoch=said.epoch,
                at=said.hq_at,
            )
            for inc in own
            if inc.inc in self._named and inc.inc not in answered and inc.public_key != self.node.key.public
        }

    def _purge(self, said: up.HelloAnswer) -> None:
        """The epoch has just been confirmed: what HQ can restore and is old may go, a piece with each hello."""
        keep_ms = self.node.config.journal_keep_days * purge.DAY_MS
        gone = purge.purge(self.node.journal, said.epoch, said.hq_at, keep_ms)
        if gone:
            log.info("sync.purged", events=gone)

    def _learn(self, hq_at: int) -> None:
        """Take HQ's signed time; a step of more than ten minutes is an event of its own."""
        before = self.node.clock.now_ms()
        # HQ takes back the word of a stick, which must not come up at the next start.
        if self.node.clock.heard_ms > hq_at:
            with self.node.journal.writing() as tx:
                set_meta(tx, HEARD, str(hq_at))
        step = self.node.clock.learn(hq_at)
        self.session.last_contact_ms = hq_at
        if abs(step) > CLOCK_STEP_MS:
            fact = ClockCorrected(before_ms=before, after_ms=before + step, source="hq")
            with self.node.journal.changing(self.node.context()) as draft:
                draft.event(fact)
                draft.audit("clock.corrected", f"node:{self.identity.node}", step_ms=step)

    # -- push ------------------------------------------------------------------------------------------

    def _push(self, command: moves.Push) -> Request | None:
        with self.node.db.read() as tx:
            batch = outbox.batch(tx, command.inc, command.after_seq, command.events_max)
            damaged = batch is None and outbox.damaged_at(tx, command.inc, command.after_seq + 1)
        if damaged:
            self.node.scrubber.doubt(command.inc, command.after_seq + 1)
            return self._tell([moves.Failed()])
        if batch is None:
            return self._tell([moves.HelloAsked()])
        last = batch.first_seq + len(batch.bodies) - 1
        fields = calls.head_fields(self.identity.node, batch.inc, last, batch.hashes[-1])
        signature = self.node.key.sign("head", *fields)
        self._pushed, self._pushing = len(batch.bodies), (batch.inc, last)
        self._reader = lambda answer: [
            self._pushed_event(answer, batch.inc, last, batch.hashes[-1], signature)
        ]
        return calls.push(self.identity.node, self.session.token, batch, signature, self.session.protocol)

    def _pushed_event(
        self, answer: Answer, inc: str, last: int, hash_: bytes, signature: bytes
    ) -> moves.Event:
        said = calls.pushed(answer, self.identity.hq_key, self.identity.node)
        if said.inc != inc:
            raise ProtocolError("sync.answer_of_another")
        if isinstance(said, up.HelloNeeded):
            return moves.HelloAsked()
        with self.node.db.read() as tx:
            agrees = outbox.hash_at(tx, inc, said.seq) == said.hash
            own = next(own for own in outbox.incs(tx) if own.inc == inc)
        if isinstance(said, up.Fork):
            return moves.Forked(inc, said.seq)
        if isinstance(said, up.Gap):
            return moves.Gapped(inc, said.seq, agrees)
        if agrees:
            self._has_taken(inc, said.seq)
            signed = SignedReceipt(answer.body, calls.signature_of(answer))
            with self.node.journal.writing() as tx:
                outbox.keep_receipt(tx, said, signed)
                if said.seq >= last:
                    insert_head_signature(tx, inc, last, hash_, signature)
        self.session.last_contact_ms = said.at
        return moves.Receipted(inc, said.seq, said.epoch, agrees, own.last_seq)

    def _has_taken(self, inc: str, seq: int) -> None:
        """HQ has what it refused: after an update, or because it came on a stick."""
        if seq >= self._refused.get(inc, seq + 1):
            self._is_refused_no_more(inc)

    def _is_written_anew(self, inc: str, common_seq: int) -> None:
        """The place of what HQ refused is abandoned: at its new place it is asked anew."""
        if self._refused.get(inc, 0) > common_seq:
            self._is_refused_no_more(inc)

    def _is_refused_no_more(self, inc: str) -> None:
        del self._refused[inc]
        if not self._refused:
            self._end_alarm(REFUSED)

    def _end_alarm(self, ended: str) -> None:
        self.alarms = [code for code in self.alarms if code != ended]

    # -- comparing and fetching ------------------------------------------------------------------------

    def _compare(self, command: moves.Compare) -> Request:
        def compared(answer: Answer) -> Sequence[moves.Event]:
            raw = calls.signed(answer, self.identity.hq_key, "receipt")
            said = wire.decode(raw, up.Hashes)
            with self.node.db.read() as tx:
                own = outbox.hashes(tx, command.inc, command.seqs)
            for seq in [seq for seq in command.seqs if seq not in own][:1]:
                self.node.scrubber.doubt(command.inc, seq)  # our log has none where it must have one
            hq = {int(seq): hash_ for seq, hash_ in said.hashes.items()}
            return [moves.Compared(command.inc, own, hq)]

        self._reader = compared
        return calls.hashes(self.session.token, command.inc, command.seqs)

    def _fetch(self, command: moves.Fetch) -> Request:
        def fetched(answer: Answer) -> Sequence[moves.Event]:
            header, bodies = calls.logged(answer, self.identity.hq_key)
            if header.inc != command.inc or header.first_seq != command.after_seq + 1:
                raise ProtocolError("sync.answer_of_another")
            if header.more and not bodies:  # HQ's disk has damaged the next one: asked for with each greeting
                log.warning("sync.fetch_withheld", inc=command.inc, first=header.first_seq)
                return [moves.Fetched(command.inc, command.after_seq, more=False)]
            seq = replay.adopt(self.node, header, bodies)
            return [moves.Fetched(command.inc, seq, header.more)]

        self._reader = fetched
        return calls.log(self.session.token, command.inc, command.after_seq)

    # -- telemetry -------------------------------------------------------------------------------------

    def _has_time(self) -> bool:
        """Is nothing under way, and would what is told arrive? A line that failed gets no more to carry (P4)."""
        waits = self.machine.state is State.WAITING and self._is_answered
        return self._reader is None and (waits or self.machine.state is State.RESTING)

    def _report(self) -> Request | None:
        """Once a minute, when there is nothing better to do; nobody waits for its answer."""
        now = self.node.clock.monotonic_ms()
        if self._telemetry is None or not self.session.token:
            return None
        if self._told_at is not None and now - self._told_at < TELEMETRY_MS:
            return None
        self._told_at = now
        return calls.telemetry(self.session.token, self._telemetry())


def _news(own: outbox.OwnInc, receipt: up.Receipt) -> bool:
    return own.receipt is None or (own.receipt.epoch, own.receipt.seq) != (receipt.epoch, receipt.seq)


def _promise(part: up.IncAnswer) -> outbox.Durable:
    return (part.durable_seq, part.durable_hash) if part.durable_seq else outbox.NOTHING
