"""Rebuild this node's history. Every step is done once however often it is called, so a killed rebuild goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.mirror import recover
from edge.mirror.keys import Keys
from edge.mirror.model import MirrorTrouble, Place, Standing
from edge.mirror.reading import known_lives
from edge.node import Node
from edge.rebuild import lives
from edge.rebuild.lives import Backlog
from edge.rebuild.report import Series, found, gaps
from edge.syncing import identity as identities
from edge.syncing import outbox
from edge.syncing.identity import Identity
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
    """The end of a rebuild: `mirror` is "" without one, "ready", or the trouble that it was in.

    `withheld` is what HQ has, could not give, and no mirror had either; `ended` without a refusal of HQ's.
    """

    series: list[Series]
    mirror: str
    backlog: Backlog | None
    unsent: int
    withheld: list[lives.Range] = field(default_factory=list)
    ended: bool = True

    @property
    def certain(self) -> bool:
        """Is it known that nothing else is missing? Only a mirror that was read to its end can say so."""
        return self.mirror == "ready" and self.ended and not self.withheld


class Refused(NetworkError):
    """HQ answers, and does not do what is asked."""

    def __init__(self) -> None:
        super().__init__("sync.unreachable", why="HQ refused; its log says why")


class Unfinished(Refused):
    """HQ refuses something: what came back so far. It may be asked again."""

    def __init__(self, rebuilt: Rebuilt) -> None:
        super().__init__()
        self.rebuilt = rebuilt


def rebuild(
    node: Node, place: Place | None, typed: Sequence[ReceiptNumber] = (), connect: Connect | None = None
) -> Rebuilt:
    """Everything that HQ and the mirror have. Raises `NetworkError` when HQ is away: call it again.

    An HQ that refuses keeps nobody from the mirror: then it raises `Unfinished` with what there is.
    """
    identity = identities.load(node.db)
    if identity is None:
        raise NotNow("node.not_enrolled")
    url, verify = identity.hq_url, node.config.ca_file or True
    line = connect or (lambda: HttpTransport(url, verify=verify))
    learned = lives.learn(node, line())
    _exchanged(node, identity, line())
    trouble, copies, torn = _from_mirror(node, place, line)
    ended = _exchanged(node, identity, line())
    lives.name_series(node)
    left = outbox.unsent(node.db).count
    with node.db.read() as tx:
        lacking = lives.withheld(tx, learned.heads)
    missing = [part for one in lacking for part in _not_in(copies, torn, one)]
    log.info("rebuild.done", mirror=trouble, unsent=left, withheld=missing, ended=ended)
    rebuilt = Rebuilt(found(node, typed), trouble, learned.backlog, left, missing, ended)
    if not ended:
        raise Unfinished(rebuilt)
    return rebuilt


def _exchanged(node: Node, identity: Identity, transport: Transport) -> bool:
    """A conversation of its own; False when HQ refused a part of it."""
    try:
        exchange(make_links(node, identity, listens=False).up, transport)
    except Refused:
        return False
    return True


def _from_mirror(
    node: Node, place: Place | None, line: Connect
) -> tuple[str, list[Standing], list[lives.Range]]:
    """ "ready" or the trouble of the mirror; what it has copies of, and what of that is torn."""
    if place is None:
        return "", [], []
    try:
        with node.db.read() as tx:
            known = known_lives(tx, node.key.public)
        standings = place.standings(known)
        if not standings:
            return "empty", [], []
        brought = recover.bring_back(node, place, standings, Keys(node, line()), again=True)
        if brought.held is not None:  # called again it goes on
            raise brought.held
    except MirrorTrouble as error:
        log.error("rebuild.mirror", state=error.state, why=str(error))
        return error.state, [], []
    whole = not brought.gaps and not any(one.torn for one in standings)
    return "ready" if whole else "damaged", standings, brought.gaps


def _not_in(copies: list[Standing], torn: list[lives.Range], lacking: lives.Range) -> list[lives.Range]:
    """The parts of a range that no copy on the mirror holds."""
    inc, first, last = lacking
    gone = {seq for gap, a, b in torn if gap == inc for seq in range(max(a, first), min(b, last) + 1)}
    spans = [(one.first_seq, one.last[0]) for one in copies if one.life.inc == inc]
    have = {seq for a, b in spans for seq in range(max(a, first), min(b, last) + 1)} - gone
    before = first - 1
    return [(inc, before + a, before + b) for a, b in gaps([seq - before for seq in have], last - before)]


def exchange(link: Uplink, transport: Transport) -> None:
    """Greet, send and fetch until nothing is left. Raises `NetworkError` when HQ cannot be reached."""
    try:
        request = link.wake()
        while request is not None:
            request = link.answered(transport.send(request))
    finally:
        transport.close()
    if link.machine.state is not State.RESTING:
        raise Refused
