"""HQ's copy of our own log, asked for piece by piece in a session of its own."""

from __future__ import annotations

from typing import Any

from edge.scrub.truth import Truth
from edge.syncing.visit import Visit
from retail.errors import ProtocolError
from sync import calls
from sync.chain import body_hash, extend
from sync.transport import Transport


class HqLog:
    """The log as HQ has it. Raises `NetworkError` when HQ cannot be reached, `ProtocolError` when it cannot be it."""

    def __init__(self, node: Any, transport: Transport | None = None) -> None:
        self._visit = Visit(node, transport)

    def piece(self, inc: str, first: int) -> list[Truth]:
        """HQ's events of an incarnation from a seq on, with the links that follow from them; empty at its end."""
        identity = self._visit.identity
        answer = self._visit.ask(lambda token: calls.log(token, inc, first - 1))
        header, bodies = calls.logged(answer, identity.hq_key)
        if header.inc != inc or header.first_seq != first:
            raise ProtocolError("sync.answer_of_another")
        hashes = [body_hash(body) for body in bodies]
        links = extend(identity.node, inc, first, header.prev, hashes)
        if links and links[-1] != header.last_hash:
            raise ProtocolError("sync.chain_broken")
        return [
            Truth(inc, first + i, links[i - 1] if i else header.prev, hashes[i], links[i], body, "hq")
            for i, body in enumerate(bodies)
        ]

    def close(self) -> None:
        """Give the connection back."""
        self._visit.close()
