"""Values of enrolment."""

from __future__ import annotations

from dataclasses import dataclass

CODE_MS = 15 * 60 * 1000
CODE_LENGTH = 8
WAITING = "waiting"  # nobody has asked with this code yet
ASKED = "asked"  # a device has asked, a person must compare
CONFIRMED = "confirmed"
REFUSED = "refused"


@dataclass(frozen=True)
class Code:
    """A one-use code as pages show it; the code itself is shown once, when it is made."""

    digest: str
    store: str
    state: str
    made_at: int
    made_by: str
    expires_at: int
    fingerprint: str | None
    asked_at: int | None
    hint: str

    def expired(self, now_ms: int) -> bool:
        """Too late to ask or to confirm?"""
        return self.state in (WAITING, ASKED) and now_ms > self.expires_at


@dataclass(frozen=True)
class Device:
    """A device key that may speak for a node."""

    node: str
    store: str
    public_key: bytes
    fingerprint: str
    enrolled_at: int
    revoked_at: int | None
