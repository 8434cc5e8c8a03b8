"""What can be done on the node's page; each proves a person with a PIN on the spot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge import lan
from edge.people import pairing
from edge.people.model import Approval
from edge.spool import actions as spool
from kit.context import Context
from retail.errors import Invalid

SUBJECTS = ("staff:", "device:")


@dataclass(frozen=True)
class Pairing:
    """What somebody reads out at the second screen."""

    terminal: str
    code: str
    addresses: tuple[str, ...]
    fingerprint: str


def proven(ctx: Context, permission: str, approval: Approval) -> Context:
    """The context of the person who typed number and PIN now and holds the right."""
    approved: Context = ctx.app.people.approved(ctx, permission, approval)
    assert approved.approved_by is not None
    return approved.acting_as(approved.approved_by)


def make_pairing(ctx: Context, terminal: str, approval: Approval) -> Pairing:
    """A one-use code that makes a browser the screen of a terminal."""
    ctx = proven(ctx, "office.pair", approval)
    code = pairing.make_code(ctx, terminal)
    config = ctx.app.config
    addresses = [f"http://127.0.0.1:{config.port}/pair"]
    fingerprint = ""
    if config.lan:
        names = config.host_names
        addresses = [f"https://{name}:{config.lan_port}/pair" for name in names] + addresses
        fingerprint = lan.ensure(ctx.app.home / "keys", names, ctx.clock.now_ms()).fingerprint
    return Pairing(terminal, code, tuple(addresses), fingerprint)


def unlock(ctx: Context, subject: str, approval: Approval) -> None:
    """Lift the wait after wrong PINs of a person or a terminal."""
    if not subject.startswith(SUBJECTS):
        raise Invalid("web.field", field="subject")
    ctx = proven(ctx, "office.pair", approval)
    ctx.app.people.throttle.forgive(subject)
    with ctx.app.journal.changing(ctx) as draft:
        draft.audit("office.unlocked", subject)


def settle_paper(ctx: Context, job: int, printed: bool, approval: Approval) -> dict[str, Any]:
    """Say of a paper of unknown fate whether it was printed."""
    return spool.resolve(proven(ctx, "spool.resolve", approval), job, printed=printed)
