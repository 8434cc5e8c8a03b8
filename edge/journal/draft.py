"""One change in the making: what an action writes between BEGIN and COMMIT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from edge.journal import repository
from edge.journal.model import Head, Incarnation, PrintRequest, Recorded
from kit.context import Context
from kit.crypto import random_bytes
from kit.db import Connection
from retail.errors import Invalid
from retail.ids import receipt_number, uuid7
from retail.postings import Posting, balanced
from schemas.accounts import ACCOUNT, is_commodity, owner
from schemas.events.base import Actor, Event, encode, payload
from schemas.events.registry import EventType, type_of
from sync.chain import body_hash, link_hash
from sync.hlc import Hlc

_encode = msgspec.json.Encoder(order="sorted").encode


class Draft:
    """Collects events, postings, audit rows, papers and the answer of one transaction.

    `tx` is the open transaction for rows of the slice itself; `at` is the business time of the whole change.
    `shows` is the version of the basket on the acting terminal's screen after the change, where the change knows it.
    """

    def __init__(self, tx: Connection, ctx: Context, inc: Incarnation, head: Head, hlc: Hlc) -> None:
        self.tx = tx
        self.ctx = ctx
        self.at = ctx.clock.now_ms()
        self.result: dict[str, Any] = {}
        self.shows: int | None = None
        self.head = head
        self.recorded: list[Recorded] = []
        self.papers: list[PrintRequest] = []
        self._inc = inc
        self._hlc = hlc
        self._audit: list[dict[str, Any]] = []

    def number(self, terminal: str) -> tuple[str, int, str]:
        """The next receipt number of a terminal: (series, n, printed number)."""
        series = self._inc.series
        n = repository.next_number(self.tx, terminal, series)
        return series, n, receipt_number(self._inc.node, terminal, series, n)

    def event(
        self,
        fact: msgspec.Struct,
        *,
        post: Sequence[Posting] = (),
        agg: Sequence[str] = (),
        day: str | None = None,
        shift: str | None = None,
        id: str | None = None,
    ) -> Recorded:
        """Write body, link and postings of one fact. Raises `Invalid` when a limit is broken.

        `id` lets a document that is named inside its own payload or `agg` choose its identity first.
        """
        kind = type_of(fact)
        self._check_postings(post, kind)
        event = Event(
            id=id or self.new_id(),
            at=self.at,
            hlc=self._hlc.tick(self.at),
            type=kind.name,
            tv=kind.tv,
            day=day,
            shift=shift,
            actor=self._actor(),
            agg=list(agg),
            post=list(post),
            p=payload(fact),
            suspect=self.ctx.app.clock.suspect or msgspec.UNSET,
        )
        body = encode(event)
        bh = body_hash(body)
        seq = self.head.seq + 1
        hash_ = link_hash(self._inc.node, self._inc.inc, seq, self.head.hash, bh)
        repository.insert_body(self.tx, (event.id, bh, event.type, event.at, day, shift, 0, body))
        repository.insert_link(self.tx, self._inc.inc, seq, self.head.hash, bh, hash_, event.id)
        if event.post:
            repository.insert_postings(self.tx, event.id, event.post)
        self.head = Head(self._inc.inc, seq, hash_)
        made = Recorded(event.id, seq, event.at, bh, hash_)
        self.recorded.append(made)
        return made

    @contextmanager
    def acting(self, ctx: Context) -> Iterator[None]:
        """Events and audit rows of the block are of another terminal or person."""
        before, self.ctx = self.ctx, ctx
        try:
            yield
        finally:
            self.ctx = before

    def new_id(self) -> str:
        """An event identity, made once."""
        return uuid7(self.at, random_bytes(10))

    def audit(self, verb: str, subject: str, **facts: Any) -> None:
        """A line for managers, in the same transaction."""
        self._audit.append(
            {
                "at": self.at,
                "staff": self.ctx.actor.staff,
                "terminal": self.ctx.device,
                "verb": verb,
                "subject": subject,
                "approved_by": self.ctx.approved_by.staff if self.ctx.approved_by else None,
                "facts": _json(facts),
            }
        )

    def paper(self, request: PrintRequest) -> None:
        """Owe a paper or a drawer pulse after the commit."""
        self.papers.append(request)

    def flush(self) -> None:
        """Write what was collected; called once, just before COMMIT."""
        if self._audit:
            repository.insert_audit(self.tx, self._audit)
        if self.papers:
            repository.insert_jobs(self.tx, [_job_row(paper, self.at) for paper in self.papers])
        key = self.ctx.facts.get("key")
        if key:
            repository.insert_answer(self.tx, key, self.ctx.facts["request"], _json(self.result), self.at)

    def _check_postings(self, post: Sequence[Posting], kind: EventType) -> None:
        """Zero-sum, well-formed, and only on accounts of this store or on those that the type shares (SYNC §5)."""
        if post and not balanced(post):
            raise Invalid("journal.postings_unbalanced")
        for account, commodity, _quantity in post:
            if owner(account) == self._inc.node and is_commodity(commodity):
                continue
            if not ACCOUNT.match(account) or not is_commodity(commodity):
                raise Invalid("journal.account_malformed", account=account, commodity=commodity)
            if owner(account) != self._inc.node and account.split(":")[0] not in kind.shared:
                raise Invalid("journal.account_foreign", account=account)

    def _actor(self) -> Actor:
        approver = self.ctx.approved_by
        return Actor(
            staff=self.ctx.actor.staff,
            terminal=self.ctx.device,
            approved_by=approver.staff if approver else None,
            self_approved=bool(approver and approver.staff == self.ctx.actor.staff),
        )


def _json(value: dict[str, Any]) -> str:
    return _encode(value).decode()


def _job_row(paper: PrintRequest, at: int) -> dict[str, Any]:
    return {
        "key": paper.key,
        "device": paper.device,
        "kind": paper.kind,
        "reference": paper.reference,
        "terminal": paper.terminal,
        "copy": paper.copy,
        "document": paper.document,
        "at": at,
    }
