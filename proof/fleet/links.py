"""Both directions of a light node: the machines of a store over a log in memory (see `edge.syncing`).

What a node that lost nothing never needs (looking for a common prefix, beginning anew, fetching) is a finding here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from kit.crypto import random_bytes, random_uniform
from proof.fleet.shop import Shop, Waiting
from retail.errors import NetworkError, ProtocolError
from schemas import wire
from schemas.wire import down as rows
from schemas.wire import session as messages
from schemas.wire import up
from sync import calls, down, moves
from sync.calls import Answer, Batch, Request
from sync.down import DownMachine
from sync.machine import State, UpMachine
from sync.plan import PLAIN_BYTES_MAX, cut

NO_SESSION_MS = 5_000
TOO_BUSY = (429, 503)
Shapes = dict[str, type[rows.Changes] | type[rows.Reset] | type[rows.Current]]
SHAPES: Shapes = {"changes": rows.Changes, "reset": rows.Reset, "current": rows.Current}


class Surprise(Exception):
    """The conversation went where a healthy node's never goes."""


def now_ms() -> int:
    """Monotonic time."""
    return int(time.monotonic() * 1000)


class Up:
    """The log's way to HQ; `receipted` hears what each receipt covers."""

    def __init__(
        self, shop: Shop, hq_key: bytes, receipted: Callable[[Sequence[Waiting]], None],
        greeted: Callable[[up.HelloAnswer], None],
    ) -> None:  # fmt: skip
        self.shop, self.machine = shop, UpMachine(random_uniform)
        self._hq_key, self._receipted, self._on_greeted = hq_key, receipted, greeted
        self._reader: Callable[[Answer], Sequence[moves.Event] | Request] | None = None
        self._told = 0
        self.retry_after_ms: int | None = None
        self.busy = False  # said the last answer that too many wait?

    @property
    def due_ms(self) -> int:
        """When the machine wants to be woken."""
        return self.machine.due_ms

    @property
    def dropped(self) -> bool:
        """Has the last try failed, so that the next one is put off?"""
        return self.machine.state is State.WAITING

    def wake(self) -> Request | None:
        """Look at the log and at the timer."""
        commands: list[moves.Command] = []
        if self._told != self.shop.seq:
            self._told = self.shop.seq
            commands = self.machine.receive(moves.Committed(self.shop.inc, self.shop.seq), now_ms())
        resting = self.machine.state in (State.RESTING, State.WAITING)
        ended = self.machine.state is State.RESTING and self.machine.connected and not self.shop.token
        if not commands and resting and (ended or now_ms() >= self.machine.due_ms):
            commands = self.machine.receive(moves.Woke(), now_ms())
        return self._run(commands)

    def answered(self, answer: Answer) -> Request | None:
        """Read the answer as what was asked."""
        reader, self._reader = self._reader, None
        self.retry_after_ms, self.busy = None, False
        if reader is None:
            return None
        if answer.status == 401:
            self.shop.token = ""
            return self._tell([moves.Unauthorised()])
        if answer.status != 200:
            self.busy = answer.status in TOO_BUSY
            self.retry_after_ms = answer.retry_after_ms if self.busy else None
            return self._tell([moves.Failed(self.retry_after_ms, self.busy)])
        try:
            found = reader(answer)
        except (NetworkError, ProtocolError):
            return self._tell([moves.Failed()])
        return found if isinstance(found, Request) else self._tell(found)

    def failed(self) -> Request | None:
        """No answer came."""
        self._reader = self.retry_after_ms = None
        self.busy = False
        return self._tell([moves.Failed()])

    def _tell(self, events: Sequence[moves.Event]) -> Request | None:
        commands: list[moves.Command] = []
        for event in events:
            commands += self.machine.receive(event, now_ms())
        return self._run(commands)

    def _run(self, commands: Sequence[moves.Command]) -> Request | None:
        for command in commands:
            if isinstance(command, moves.Connect):
                return self._challenge()
            if isinstance(command, moves.Greet):
                return self._hello()
            if isinstance(command, moves.Push):
                return self._push(command)
            if not isinstance(command, moves.Arm):
                raise Surprise(str(command))
        return None

    def _challenge(self) -> Request:
        nonce, shop = random_bytes(32), self.shop

        def opened(answer: Answer) -> Sequence[moves.Event]:
            shop.token = wire.decode(answer.body, messages.SessionAnswer).token
            return [moves.Connected()]

        def challenged(answer: Answer) -> Request:
            said = calls.challenged(answer, shop.node, nonce, self._hq_key)
            self._reader = opened
            return calls.open_session(shop.key, shop.node, nonce, self._hq_key, said.nonce, None)

        self._reader = challenged
        return calls.challenge(shop.node, nonce)

    def _hello(self) -> Request:
        nonce, shop = random_bytes(16), self.shop
        message = up.Hello(
            node=shop.node, protocols=list(wire.PROTOCOLS), app_version="fleet", incs=[shop.state()],
            epoch_seen=shop.epoch, cursors=list(shop.cursors.values()), clock_ms=time.time_ns() // 1_000_000,
            nonce=nonce,
        )  # fmt: skip
        self._reader = lambda answer: [self._greeted(calls.greeted(answer, self._hq_key, nonce))]
        return calls.hello(shop.key, shop.token, message)

    def _greeted(self, said: up.HelloAnswer) -> moves.Event:
        part = said.incs[0].receipt
        receipt = calls.receipt_of(part, self._hq_key, self.shop.node)
        self._covered(receipt, part)
        self.shop.epoch = said.epoch
        self._on_greeted(said)
        standing = moves.Standing(
            inc=self.shop.inc, current=True, own_seq=self.shop.seq, recv_seq=receipt.seq, recv_hash=receipt.hash,
            own_at_recv=self.shop.hash_at(receipt.seq), purged_seq=0, fetched_seq=0,
        )  # fmt: skip
        return moves.Greeted(said.epoch, (standing,), said.limits.events)

    def _covered(self, receipt: up.Receipt, part: up.SignedReceipt) -> bool:
        agrees = self.shop.hash_at(receipt.seq) == receipt.hash
        if agrees and receipt.seq >= self.shop.sent:
            self._receipted(self.shop.signed_up_to(receipt.seq, part))
        return agrees

    def _push(self, command: moves.Push) -> Request:
        shop = self.shop
        start = command.after_seq - shop.sent
        if start < 0:
            raise Surprise(f"HQ has lost what it signed, {shop.sent} → {command.after_seq}")
        waiting = [shop.waiting[n] for n in range(start, min(len(shop.waiting), start + command.events_max))]
        waiting = waiting[: cut([len(one.body) for one in waiting], command.events_max, PLAIN_BYTES_MAX)]
        prev, last = shop.hash_at(command.after_seq), command.after_seq + len(waiting)
        assert prev is not None
        batch = Batch(
            shop.inc,
            command.after_seq + 1,
            prev,
            [one.hash for one in waiting],
            [one.body for one in waiting],
        )
        signature = shop.key.sign("head", *calls.head_fields(shop.node, shop.inc, last, waiting[-1].hash))
        self._reader = lambda answer: [self._pushed(answer)]
        return calls.push(shop.node, shop.token, batch, signature)

    def _pushed(self, answer: Answer) -> moves.Event:
        said = calls.pushed(answer, self._hq_key, self.shop.node)
        if isinstance(said, up.HelloNeeded):
            return moves.HelloAsked()
        if not isinstance(said, up.Receipt):
            raise Surprise(str(said))
        agrees = self._covered(said, up.SignedReceipt(answer.body, calls.signature_of(answer)))
        return moves.Receipted(self.shop.inc, said.seq, said.epoch, agrees, self.shop.seq)


class Down:
    """The scopes' way to the node. Rows are counted; the digest is believed as it was signed."""

    def __init__(self, shop: Shop, hq_key: bytes, rows_came: Callable[[int], None]) -> None:
        self.shop, self.machine = shop, DownMachine(random_uniform)
        self._hq_key, self._rows_came = hq_key, rows_came
        self._said: up.HelloAnswer | None = None
        self._reader: Callable[[Answer], Sequence[down.Event]] | None = None

    def greeted(self, said: up.HelloAnswer) -> None:
        """Where HQ's scopes are."""
        self._said = said

    @property
    def due_ms(self) -> int:
        """When the machine wants to be woken."""
        return self.machine.due_ms if self.shop.token else now_ms() + NO_SESSION_MS

    def wake(self) -> Request | None:
        """Look at fresh heads and at the timer."""
        if not self.shop.token:
            return None
        said, self._said = self._said, None
        if said is not None:
            return self._tell([self._heads(said)])
        return self._tell([moves.Woke()]) if now_ms() >= self.machine.due_ms else None

    def answered(self, answer: Answer) -> Request | None:
        """Read the answer as what was asked."""
        reader, self._reader = self._reader, None
        if reader is None:
            return None
        if answer.status == 401:
            self.shop.token = ""
        if answer.status != 200:
            return self._tell([moves.Failed(answer.retry_after_ms)])
        try:
            return self._tell(reader(answer))
        except (NetworkError, ProtocolError):
            return self._tell([moves.Failed()])

    def failed(self) -> Request | None:
        """No answer came."""
        self._reader = None
        return self._tell([moves.Failed()])

    def _tell(self, events: Sequence[down.Event]) -> Request | None:
        commands: list[down.Command] = []
        for event in events:
            commands += self.machine.receive(event, now_ms())
        for command in commands:
            if isinstance(command, down.Ask):
                return self._ask(command)
            if isinstance(command, down.Listen):
                return self._listen()
            if not isinstance(command, moves.Arm):
                raise Surprise(str(command))
        return None

    def _heads(self, said: up.HelloAnswer) -> down.Heads:
        heads = {head.scope: down.At(said.epoch, head.version, head.digest) for head in said.scopes}
        held = {name: down.At(one.epoch, one.version, one.digest) for name, one in self.shop.cursors.items()}
        return down.Heads(heads, held)

    def _ask(self, command: down.Ask) -> Request:
        cursor = self.shop.cursors.get(command.scope)
        since, digest = (cursor.version, cursor.digest) if cursor and not command.anew else (0, bytes(32))
        self._reader = lambda answer: [self._taken(answer, command.scope)]
        return calls.scope(self.shop.token, command.scope, since, digest, self.shop.epoch)

    def _taken(self, answer: Answer, scope: str) -> down.Event:
        raw = calls.signed(answer, self._hq_key, "manifest")
        said = wire.decode(raw, SHAPES[wire.kind_of(raw)])
        if isinstance(said, rows.Changes):
            self._rows_came(len(said.rows))
            at, more = down.At(said.epoch, said.to, said.digest), said.to < said.head
        else:  # a snapshot is not loaded here: a first boot is measured elsewhere
            at, more = down.At(said.epoch, said.version, said.digest), False
        self.shop.cursors[scope] = up.Cursor(
            scope=scope, epoch=at.epoch, version=at.version, digest=at.digest
        )
        return down.Applied(scope, at, good=True, more=more)

    def _listen(self) -> Request:
        self._reader = self._rung
        return calls.bell(self.shop.token, {name: one.version for name, one in self.shop.cursors.items()})

    def _rung(self, answer: Answer) -> Sequence[down.Event]:
        said = wire.decode(calls.signed(answer, self._hq_key, "manifest"), rows.Bell)
        heads = {head.scope: down.At(self.shop.epoch, head.version, head.digest) for head in said.heads}
        fresh, self._said = self._said, None
        events: list[down.Event] = [] if fresh is None else [self._heads(fresh)]
        return [*events, down.Rung(heads, said.waited)]
