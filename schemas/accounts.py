"""The grammar of account names (SYNC §3): lower-case words and codes joined by colons; segment two owns it.

Names only grow: a rename is an alias at read time.
"""

from __future__ import annotations

import re
from functools import lru_cache

ACCOUNT = re.compile(r"^[a-z][a-z_]{0,23}(:[A-Za-z0-9_.\-]{1,40}){1,3}$")
COMMODITY = re.compile(r"^([A-Z]{3}|sku:[A-Za-z0-9_.\-]{1,40})$")

OWNED = frozenset(
    {"stock", "cash", "safe", "petty", "card", "revenue", "tax", "rounding", "over_short", "fx"}
)
SHARED = frozenset({"transit", "points", "sv", "sv_lease", "coupon"})


@lru_cache(maxsize=65_536)
def owner(account: str) -> str | None:
    """The store that owns the account, or None for a malformed or shared one."""
    if not ACCOUNT.match(account):
        return None
    kind, store = account.split(":")[:2]
    return None if kind in SHARED else store


@lru_cache(maxsize=65_536)
def is_commodity(name: str) -> bool:
    """A currency or `sku:<code>`."""
    return bool(COMMODITY.match(name))
