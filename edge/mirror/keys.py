"""The key of a device's mirror: HQ makes it from its own key, so it outlives the computer that it was given to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge.mirror.sealing import Seal
from edge.syncing.visit import Visit
from kit.crypto import write_secret
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.up import MirrorKey
from sync import calls
from sync.transport import Transport

FILE = "mirror.key"


class Keys:
    """Keys of this node's devices: our own from the disk, any other from HQ. Raises `LianpuError` without a line."""

    def __init__(self, node: Any, transport: Transport | None = None) -> None:
        self._node = node
        self._transport = transport
        self._seals: dict[bytes, Seal] = {}

    def seal(self, device: bytes) -> Seal:
        """What seals and opens the mirror that a device wrote."""
        if device not in self._seals:
            self._seals[device] = Seal(self._own() if device == self._node.key.public else self._ask(device))
        return self._seals[device]

    def _own(self) -> bytes:
        path = Path(self._node.home) / "keys" / FILE
        if not path.exists():
            write_secret(path, self._ask(self._node.key.public))
        return path.read_bytes()

    def _ask(self, device: bytes) -> bytes:
        visit = Visit(self._node, self._transport)
        try:
            said = wire.decode(visit.signed(lambda token: calls.mirror_key(token, device)), MirrorKey)
        finally:
            visit.close()
        if (said.node, said.device) != (self._node.store, device):
            raise ProtocolError("sync.answer_of_another")
        return said.key
