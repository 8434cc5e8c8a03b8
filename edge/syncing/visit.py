"""A session with HQ of its own, for work beside the uplink: a scrub, the mirror's key, a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.syncing import identity as identities
from kit.crypto import random_bytes
from retail.errors import NetworkError
from schemas import wire
from schemas.wire.session import SessionAnswer
from sync import calls
from sync.calls import Answer, Request
from sync.transport import HttpTransport, Transport


class Visit:
    """Asks HQ as this node. Raises `NetworkError` when HQ cannot be reached, `ProtocolError` when it cannot be it."""

    def __init__(self, node: Any, transport: Transport | None = None) -> None:
        identity = identities.load(node.db)
        if identity is None:
            raise NetworkError("sync.unreachable", why="not enrolled")
        self.node = node
        self.identity = identity
        self._transport = transport or HttpTransport(identity.hq_url, verify=node.config.ca_file or True)
        self._token = ""

    def ask(self, make: Callable[[str], Request]) -> Answer:
        """The answer to what `make` makes of the session's token."""
        return self._send(make(self._session()))

    def signed(self, make: Callable[[str], Request]) -> bytes:
        """The body of an answer that HQ signed with purpose "receipt"."""
        return calls.signed(self.ask(make), self.identity.hq_key, "receipt")

    def _session(self) -> str:
        if not self._token:
            nonce, known = random_bytes(32), self.identity
            said = calls.challenged(
                self._send(calls.challenge(known.node, nonce)), known.node, nonce, known.hq_key
            )
            request = calls.open_session(
                self.node.key, known.node, nonce, known.hq_key, said.nonce, known.record
            )
            self._token = wire.decode(self._send(request).body, SessionAnswer).token
        return self._token

    def _send(self, request: Request) -> Answer:
        answer = self._transport.send(request)
        if answer.status != 200:
            raise NetworkError("sync.unreachable", why=str(answer.status))
        return answer

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()
