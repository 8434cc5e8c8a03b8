"""What a document owes to devices: a receipt, and one drawer pulse when cash moved."""

from __future__ import annotations

import json

from edge.journal.model import PrintRequest
from kit.context import Context


def receipt_paper(ctx: Context, id_: str, *, kind: str = "receipt", copy: int = 0) -> PrintRequest:
    """The paper of a document in the language of the person at the till; composed when it is printed."""
    content = {"document": id_, "language": ctx.actor.language, "copy": copy}
    return PrintRequest(
        key=f"{kind}:{id_}:{copy}",
        device=printer_of(ctx),
        kind=kind,
        reference=id_,
        terminal=ctx.device,
        document=json.dumps(content),
        copy=copy,
    )


def drawer_pulse(ctx: Context, id_: str) -> PrintRequest:
    """One pulse of this terminal's drawer, a job of its own so that a reprint never opens it."""
    return PrintRequest(
        key=f"drawer:{id_}",
        device=f"drawer:{ctx.device}",
        kind="drawer",
        reference=id_,
        terminal=ctx.device,
        document=json.dumps({"why": id_, "by": ctx.actor.staff}),
    )


def printer_of(ctx: Context) -> str:
    """The name of this terminal's receipt printer in the spool."""
    return f"printer:{ctx.device}"
