"""Rebuild this node's history. Every step is done once however often it is called, so a killed rebuild goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge.mirror import recover
from edge.mirror.keys import Keys
from edge.mirror.model import MirrorTrouble, Place
from edge.mirror.reading import known_lives
from edge.node import Node
from edge.rebuild import lives
from edge.rebuild.lives import Backlog
from edge.rebuild.report import Series, found
from edge.syncing import identity as identities
from edge.syncing import outbox
from edge.syncing.running import make_links
from edge.syncing.uplink import Uplink
from kit.logs import logger
from retail.errors import NetworkError, NotNow
from retail.ids import ReceiptNumber
from sync.machine import State
from sync.transport import HttpTransport, Transport

log = logger("lianpu.rebuild")
Connect = Callable[[], Transport]


@dataclass(frozen=True)
class Rebuilt:
    """The end of a rebuild: `mirror` is "" without one, "ready", or the trouble that it was in."""

    series: list[Series]
    mirror: str
    backlog: Backlog | None
    unsent: int

    @property
    def certain(self) -> bool:
        """Is it known that nothing else is missing? Only a mirror that was read to its end can say so."""
        return self.mirror == "ready"


def rebuild(
    node: Node, place: Place | None, typed: Sequence[ReceiptNumber] = (), connect: Connect | None = None
) -> Rebuilt:
    """Everything that HQ and the mirror have. Raises `NetworkError` when HQ is away: call it again."""
    identity = identities.load(node.db)
    if identity is None:
        raise NotNow("node.not_enrolled")
    url, verify = identity.hq_url, node.config.ca_file or True
    line = connect or (lambda: HttpTransport(url, verify=verify))
    backlog = lives.learn(node, line())
    links = make_links(node, identity, listens=False)
    exchange(links.up, line())
    trouble = _from_mirror(node, place, line)
    exchange(links.up, line())
    lives.name_series(node)
    left = outbox.unsent(node.db).count
    log.info("rebuild.done", mirror=trouble, unsent=left)
    return Rebuilt(found(node, typed), trouble, backlog, left)


def _from_mirror(node: Node, place: Place | None, line: Connect) -> str:
    if place is None:
        return ""
    try:
        with node.db.read() as tx:
            known = known_lives(tx, node.key.public)
        standings = place.standings(known)
        if not standings:
            return "empty"
        brought = recover.bring_back(node, place, standings, Keys(node, line()), again=True)
    except MirrorTrouble as error:
        log.error("rebuild.mirror", state=error.state, why=str(error))
        return error.state
    return "damaged" if brought.gaps or any(one.torn for one in standings) else "ready"


def exchange(link: Uplink, transport: Transport) -> None:
    """Greet, send and fetch until nothing is left. Raises `NetworkError` when HQ cannot be reached."""
    try:
        request = link.wake()
        while request is not None:
            request = link.answered(transport.send(request))
    finally:
        transport.close()
    if link.machine.state is not State.RESTING:
        raise NetworkError("sync.unreachable", why="HQ refused; its log says why")
