"""One-time codes of a second factor: what a phone shows for 30 seconds (TOTP, RFC 6238), and codes on paper.

Six digits over HMAC-SHA-1, as every authenticator app expects them. A clock may be one step off. Pure: the secret and
the time come in, nothing is remembered here.
"""

from __future__ import annotations

import base64
import re

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from kit.crypto import random_bytes, random_code

SECRET_BYTES = 20  # as long as the digest, RFC 4226 §4
DIGITS = 6
STEP_SECONDS = 30
STEPS_OFF = 1
RECOVERY_CODES = 10
SIX_DIGITS = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)


def new_secret() -> bytes:
    """A secret for one person's phone."""
    return random_bytes(SECRET_BYTES)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)


def code_at(secret: bytes, now_ms: int) -> str:
    """What the phone shows at this time."""
    return _totp(secret).generate(now_ms // 1000).decode()


def step_of(secret: bytes, code: str, now_ms: int) -> int | None:
    """Which step of 30 seconds shows this code, out of this one and its neighbours; None when none does."""
    if not SIX_DIGITS.fullmatch(code):
        return None
    this, found = now_ms // 1000 // STEP_SECONDS, None
    for step in range(this - STEPS_OFF, this + STEPS_OFF + 1):
        try:
            _totp(secret).verify(code.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        found = step
    return found


def address(secret: bytes, login: str, issuer: str) -> str:
    """What the picture says to the app: `otpauth://totp/…`."""
    return _totp(secret).get_provisioning_uri(login, issuer)


def spelled(secret: bytes) -> str:
    """The secret for hands, in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def new_recovery_codes() -> list[str]:
    """Ten codes of 60 bits for the safe; each opens once."""
    return ["-".join(random_code(4).lower() for _ in range(3)) for _ in range(RECOVERY_CODES)]


def plain(typed: str) -> str:
    """A code without the blanks and lines that people put in."""
    return re.sub(r"[\s-]", "", typed[:40]).lower()
