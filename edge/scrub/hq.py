"""HQ's copy of our own log, asked for piece by piece in a session of its own."""

from __future__ import annotations

from typing import Any

from edge.scrub.truth import Truth
from edge.syncing import identity as identities
from kit.crypto import random_bytes
from retail.errors import NetworkError, ProtocolError
from schemas import wire
from schemas.wire.session import SessionAnswer
from sync import calls
from sync.calls import Answer, Request
from sync.chain import body_hash, extend
from sync.transport import HttpTransport, Transport


class HqLog:
    """The log as HQ has it. Raises `NetworkError` when HQ cannot be reached, `ProtocolError` when it cannot be it."""

    def __init__(self, node: Any, transport: Transport | None = None) -> None:
        identity = identities.load(node.db)
        if identity is None:
            raise NetworkError("sync.unreachable", why="not enrolled")
        self.node = node
        self.identity = identity
        self.transport = transport or HttpTransport(identity.hq_url, verify=node.config.ca_file or True)
        self._token = ""

    def piece(self, inc: str, first: int) -> list[Truth]:
        """HQ's events of an incarnation from a seq on, with the links that follow from them; empty at its end."""
        answer = self._ask(calls.log(self._session(), inc, first - 1))
        header, bodies = calls.logged(answer, self.identity.hq_key)
        if header.inc != inc or header.first_seq != first:
            raise ProtocolError("sync.answer_of_another")
        hashes = [body_hash(body) for body in bodies]
        links = extend(self.node.store, inc, first, header.prev, hashes)
        if links and links[-1] != header.last_hash:
            raise ProtocolError("sync.chain_broken")
        return [
            Truth(inc, first + i, links[i - 1] if i else header.prev, hashes[i], links[i], body, "hq")
            for i, body in enumerate(bodies)
        ]

    def _session(self) -> str:
        if not self._token:
            nonce, known = random_bytes(32), self.identity
            said = calls.challenged(
                self._ask(calls.challenge(known.node, nonce)), known.node, nonce, known.hq_key
            )
            request = calls.open_session(
                self.node.key, known.node, nonce, known.hq_key, said.nonce, known.record
            )
            self._token = wire.decode(self._ask(request).body, SessionAnswer).token
        return self._token

    def _ask(self, request: Request) -> Answer:
        answer = self.transport.send(request)
        if answer.status != 200:
            raise NetworkError("sync.unreachable", why=str(answer.status))
        return answer

    def close(self) -> None:
        """Give the connection back."""
        self.transport.close()
