"""The other ways a disk fails, each as a part of `lianpu-sim crash`: figures in one line each, and what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proof.crash.flips import flip_bits
from proof.crash.kills import kill_often
from proof.crash.lies import ALONE, tell_lies
from proof.crash.trouble import Trouble, make_trouble
from proof.crash.trouble_acts import ActTrouble, trouble_every_act


@dataclass
class Part:
    """What one part found; it holds when nothing is wrong and it was not idle."""

    name: str
    figures: list[str]
    wrong: list[str] = field(default_factory=list)


def trouble(seed: int, _count: int) -> Part:
    """Full and failing disks: a sale at every operation, each other act at some of them."""
    found = make_trouble(seed)
    figures = [
        f"{one.kind}: {one.runs} runs, {one.done} done, {sum(one.refused.values())} refused"
        f" ({', '.join(sorted(one.refused))}), {one.states} states after them"
        for one in found
    ]
    acts = trouble_every_act(seed)
    figures += [_act_line(one) for one in acts]
    idle = [f"{one.kind}: nothing was refused" for one in found if not one.refused]
    idle += [f"{one.act}: nothing was refused" for one in acts if not one.refused]
    return Part("trouble", figures, [*_wrong(found), *_wrong(acts), *idle])


def _wrong(found: Sequence[Trouble | ActTrouble]) -> list[str]:
    return [text for one in found for text in one.wrong]


def _act_line(one: ActTrouble) -> str:
    struck = ", ".join(
        f"{kind} at every {one.strides[kind]}. of {count}" for kind, count in one.operations.items()
    )
    said = f"{one.done} done, {sum(one.refused.values())} refused ({', '.join(sorted(one.refused))})"
    return f"{one.act}: {struck}: {one.runs} runs, {said}"


def lies(seed: int, _count: int) -> Part:
    """A drive that forgets what it said it had."""
    found = tell_lies(seed)
    figures = [f"{found.states} states, {found.lost} lost a sale or a page"]
    figures += [f"noticed by {who}: {count}" for who, count in found.noticed.most_common()]
    figures += [f"in order again {way}: {count}" for way, count in found.ways.most_common()]
    figures += [
        ", ".join(f"{count} whole boots with {means}" for means, count in found.boots.items())
        + "".join(f"; {means} noticed {count}" for means, count in found.alone.items() if means in ALONE),
        f"{found.given_back} sales given back by HQ",
    ]
    idle = [] if found.lost and found.given_back else ["nothing was lost: the drive did not lie"]
    return Part("lies", figures, found.wrong + idle)


def flips(seed: int, count: int) -> Part:
    """Bits that flip."""
    found = flip_bits(count, seed)
    places = ", ".join(f"{many} in {name}" for name, many in sorted(found.by_file.items()))
    figures = [
        f"{found.made} bits flipped, {found.changed} changed a receipt ({places}), {found.found} of these found"
    ]
    return Part("flips", figures, found.wrong)


def kills(seed: int, count: int) -> Part:
    """SIGKILLs."""
    found = kill_often(count, seed)
    figures = [
        f"{found.kills} kills, {found.boots_killed} of them before the first sale, {found.told} sales told,"
        f" {len(found.wrong)} wrong"
    ]
    return Part("kills", figures, found.wrong)


PARTS: dict[str, Callable[[int, int], Part]] = {
    "trouble": trouble, "lies": lies, "flips": flips, "kills": kills,
}  # fmt: skip
COUNTS = {"flips": 1_000, "kills": 500}
