"""The session with HQ that both directions share: only the uplink opens it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import wire


@dataclass
class Session:
    """`token` is empty while there is no session; `epoch` and `protocol`, the version spoken, are what the last hello
    said."""

    token: str = ""
    epoch: str = ""
    protocol: int = wire.PROTOCOL
    last_contact_ms: int | None = None

    def end(self) -> None:
        """HQ does not know the token any more."""
        self.token = ""
