"""Pairing: a browser becomes the screen of one terminal by a one-use code that somebody at the node read out.

A terminal has one screen at a time: pairing another one retires the first.
"""

from __future__ import annotations

from typing import Any

from edge.journal.draft import Draft
from edge.journal.repository import get_meta, set_meta
from kit.context import Context
from kit.crypto import random_code, random_token, token_digest
from retail.errors import LimitExceeded, NotFound, NotPermitted

WRONG_CODES = "pairing_wrong"  # the meta name of the count of wrong codes in a row
CODE_LIFE_MS = 15 * 60 * 1000
WRONG_CODES_MAX = 10


def make_code(ctx: Context, terminal: str) -> str:
    """A code for one terminal, good once within fifteen minutes."""
    node = ctx.app
    known = node.reference.settings.terminals.get(terminal)
    if known is None or not known.active:
        raise NotFound("people.terminal_unknown", terminal=terminal)
    code = random_code(8)
    with node.journal.changing(ctx) as draft:
        draft.tx.execute("DELETE FROM pairing_code WHERE expires_at < ?", (draft.at,))
        draft.tx.execute(
            "INSERT INTO pairing_code (code_digest, terminal, made_at, expires_at) VALUES (?, ?, ?, ?)",
            (token_digest(code), terminal, draft.at, draft.at + CODE_LIFE_MS),
        )
        draft.audit("people.pairing_code_made", f"terminal:{terminal}")
    return code


def pair(node: Any, code: str, label: str, address: str) -> tuple[str, str]:
    """Use a code: (device token, terminal). Ten wrong codes in a row void every open code.

    Right or wrong, the try and its count are one transaction: parallel tries count one after the other.
    """
    ctx, digest, token = node.context(), token_digest(code.strip().upper()), random_token()
    with node.journal.changing(ctx) as draft:
        row = draft.tx.execute(
            "SELECT terminal FROM pairing_code WHERE code_digest = ? AND used_at IS NULL AND expires_at > ?",
            (digest, draft.at),
        ).fetchone()
        wrong = 0 if row is not None else int(get_meta(draft.tx, WRONG_CODES) or 0) + 1
        set_meta(draft.tx, WRONG_CODES, str(wrong % WRONG_CODES_MAX))
        if row is not None:
            _become_screen(draft, digest, str(row["terminal"]), token, label, address)
        elif wrong >= WRONG_CODES_MAX:
            draft.tx.execute("DELETE FROM pairing_code WHERE used_at IS NULL")
            draft.audit("people.pairing_codes_voided", "terminal:*")
    if wrong >= WRONG_CODES_MAX:
        raise LimitExceeded("people.pairing_codes_voided")
    if row is None:
        raise NotPermitted("people.pairing_code_wrong")
    return token, str(row["terminal"])


def _become_screen(draft: Draft, digest: str, terminal: str, token: str, label: str, address: str) -> None:
    draft.tx.execute("UPDATE pairing_code SET used_at = ? WHERE code_digest = ?", (draft.at, digest))
    draft.tx.execute(
        "UPDATE terminal_device SET revoked_at = ? WHERE terminal = ? AND revoked_at IS NULL",
        (draft.at, terminal),
    )
    draft.tx.execute(
        "INSERT INTO terminal_device (token_digest, terminal, label, paired_at, paired_by)"
        " VALUES (?, ?, ?, ?, ?)",
        (token_digest(token), terminal, label, draft.at, address),
    )
    draft.tx.execute(
        "DELETE FROM sign_in WHERE terminal = ?", (terminal,)
    )  # nobody has sat at this screen yet
    draft.audit("people.paired", f"terminal:{terminal}", label=label, address=address)
