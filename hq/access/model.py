"""People of the console and the rules for what they type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hq.slice import ROLES
from kit.i18n import LANGUAGES
from retail.errors import Invalid

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}", re.ASCII)
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200


@dataclass(frozen=True)
class User:
    """`stores` is None for all stores; `factor_at` is since when a second factor is asked for."""

    id: str
    login: str
    name: str
    language: str
    active: bool
    roles: tuple[str, ...]
    stores: frozenset[str] | None
    created_at: int
    signed_in_at: int | None
    factor_at: int | None

    def facts(self) -> dict[str, object]:
        """What the audit keeps of a person."""
        stores = "*" if self.stores is None else sorted(self.stores)
        return {
            "login": self.login, "name": self.name, "language": self.language, "active": self.active,
            "roles": list(self.roles), "stores": stores,
        }  # fmt: skip


def checked_login(text: str) -> str:
    """A sign-in name in small letters, or `Invalid("access.login_unusable")`."""
    login = text.strip().lower()
    if not LOGIN.fullmatch(login):
        raise Invalid("access.login_unusable", login=text[:40])
    return login


def checked_password(text: str, login: str) -> str:
    """Long enough, not the name itself: `Invalid("access.password_short" | "access.password_is_login")`."""
    if not PASSWORD_LENGTH_MIN <= len(text) <= PASSWORD_LENGTH_MAX:
        raise Invalid("access.password_short", minimum=PASSWORD_LENGTH_MIN)
    if login and login in text.lower():
        raise Invalid("access.password_is_login")
    return text


def checked_roles(roles: list[str]) -> tuple[str, ...]:
    """At least one known role."""
    if not roles or any(role not in ROLES for role in roles):
        raise Invalid("access.role_unknown", roles=list(roles))
    return tuple(role for role in ROLES if role in roles)


def checked_stores(stores: list[str] | None) -> list[str]:
    """The stores of a person who does not cover them all: at least one; nothing for all stores."""
    if stores is not None and not stores:
        raise Invalid("access.stores_missing")
    return stores or []


def checked_language(language: str) -> str:
    """One of the three languages."""
    if language not in LANGUAGES:
        raise Invalid("access.language_unknown", language=language[:20])
    return language


def checked_name(name: str) -> str:
    """A name that a person can be told by."""
    plain = name.strip()
    if not plain or len(plain) > 80:
        raise Invalid("access.name_missing")
    return plain
