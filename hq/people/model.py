"""A member of the till staff and the rules for what may be typed."""

from __future__ import annotations

import re

from hq.settings.model import TILL_ROLES
from kit.i18n import LANGUAGES
from retail.errors import Invalid

NUMBER = re.compile(r"[0-9]{1,8}", re.ASCII)


def checked_number(number: str) -> str:
    """Digits only, at most 8: it is typed at the till."""
    plain = number.strip()
    if not NUMBER.fullmatch(plain):
        raise Invalid("people.number_unusable", value=number[:40])
    return plain


def checked_staff(name: str, role: str, language: str, stores: list[str]) -> tuple[str, str, str, list[str]]:
    """Name, role, language and stores as they may be stored."""
    plain = name.strip()
    if not plain or len(plain) > 60:
        raise Invalid("people.name_missing")
    if role not in TILL_ROLES:
        raise Invalid("people.role_unknown", value=role[:20])
    if language not in LANGUAGES:
        raise Invalid("people.language_unknown", value=language[:20])
    if not stores:
        raise Invalid("people.store_missing")
    return plain, role, language, sorted(set(stores))
