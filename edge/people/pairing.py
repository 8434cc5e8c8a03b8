"""Pairing: a browser becomes the screen of one terminal by a one-use code that somebody at the node read out.

A terminal has one screen at a time: pairing another one retires the first.
"""

from __future__ import annotations

from typing import Any

from kit.context import Context
from kit.crypto import random_code, random_token, token_digest
from retail.errors import LimitExceeded, NotFound, NotPermitted

CODE_LIFE_MS = 15 * 60 * 1000
WRONG_CODES_MAX = 10


def make_code(ctx: Context, terminal: str) -> str:
    """A code for one terminal, good once within fifteen minutes."""
    node = ctx.app
    if terminal not in node.reference.settings.terminals:
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
    """Use a code: (device token, terminal). Ten wrong codes in a row void every open code."""
    ctx = node.context()
    token = random_token()
    with node.journal.changing(ctx) as draft:
        row = draft.tx.execute(
            "SELECT terminal FROM pairing_code WHERE code_digest = ? AND used_at IS NULL AND expires_at > ?",
            (token_digest(code.strip().upper()), draft.at),
        ).fetchone()
        if row is not None:
            terminal = str(row["terminal"])
            draft.tx.execute(
                "UPDATE pairing_code SET used_at = ? WHERE code_digest = ?",
                (draft.at, token_digest(code.strip().upper())),
            )
            draft.tx.execute(
                "UPDATE terminal_device SET revoked_at = ? WHERE terminal = ? AND revoked_at IS NULL",
                (draft.at, terminal),
            )
            draft.tx.execute(
                "INSERT INTO terminal_device (token_digest, terminal, label, paired_at, paired_by)"
                " VALUES (?, ?, ?, ?, ?)",
                (token_digest(token), terminal, label, draft.at, address),
            )
            draft.audit("people.paired", f"terminal:{terminal}", label=label, address=address)
    if row is None:
        _count_wrong(node, ctx)
        raise NotPermitted("people.pairing_code_wrong")
    node.wrong_codes = 0
    return token, terminal


def _count_wrong(node: Any, ctx: Context) -> None:
    node.wrong_codes += 1
    if node.wrong_codes < WRONG_CODES_MAX:
        return
    with node.journal.changing(ctx) as draft:
        draft.tx.execute("DELETE FROM pairing_code WHERE used_at IS NULL")
        draft.audit("people.pairing_codes_voided", "terminal:*")
    node.wrong_codes = 0
    raise LimitExceeded("people.pairing_codes_voided")
