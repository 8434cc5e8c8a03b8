"""A dead PC is rebuilt: nothing that a buyer was told is lost with a mirror; without one the missing receipts are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.pieces import read_segment
from edge.rebuild.actions import Rebuilt, rebuild
from edge.rebuild.command import PAUSES, patiently
from edge.syncing import outbox
from proof.sim.parties import open_node, sell
from proof.verify.cli import verify
from retail.errors import NetworkError
from retail.ids import parse_receipt_number
from sync.calls import Answer, Request
from sync.transport import Transport
from tests.edge.mirror.damage import flip_head, flip_record, in_segments
from tests.edge.rebuild.conftest import Dead


def test_bk_07_with_a_mirror_nothing_is_lost(dead: Dead) -> None:
    """N4, BK-07: three sales come from HQ, four from the stick; HQ books each once."""
    node = dead.new_pc()

    rebuilt = dead.rebuild(node)

    assert dead.sales(node) == sorted(dead.ids) == dead.shop.at_hq()
    [series] = rebuilt.series
    assert (series.terminal, series.from_hq, series.from_mirror, series.last, series.missing) == (
        "01",
        3,
        4,
        7,
        [],
    )
    assert rebuilt.certain and rebuilt.unsent == 0
    found = verify([node.home / "node.sqlite"], None, [node.witness_path()])
    texts = [finding.text for check in found.checks for finding in check.findings]
    assert [text for text in texts if not text.startswith(("audit sale:", "print_job "))] == []
    node.close()


def test_a_new_series_starts_and_old_receipts_can_be_looked_up(dead: Dead) -> None:
    node = dead.new_pc()
    dead.rebuild(node)

    fresh = sell(node)

    old = parse_receipt_number(dead.numbers[0]).series
    assert parse_receipt_number(fresh.number).series != old and fresh.number.endswith("-1")
    assert node.db.value("SELECT id FROM document WHERE number = ?", (dead.numbers[-1],)) == dead.ids[-1]
    assert node.db.value("SELECT count(*) FROM inc WHERE series = ?", (old,)) == 1
    node.close()


def test_n4_without_a_mirror_the_missing_receipts_are_named(dead: Dead) -> None:
    """The newest paper says 7, HQ has 3: 4 to 7 are missing, and nothing pretends that this is all."""
    node = dead.new_pc()

    rebuilt = dead.rebuild(node, dead.numbers[-1], mirror=False)

    assert dead.sales(node) == sorted(dead.ids[:3])
    [series] = rebuilt.series
    assert (series.from_hq, series.from_mirror, series.last, series.missing) == (3, 0, 3, [(4, 7)])
    name = dead.numbers[0].rpartition("-")[0]
    assert f"  missing: {name}-4 to {name}-7" in series.lines("001")
    assert not rebuilt.certain
    node.close()


def test_without_paper_hq_says_how_much_it_was_told_about(dead: Dead) -> None:
    node = dead.new_pc()

    rebuilt = dead.rebuild(node, mirror=False)

    assert rebuilt.backlog is not None and rebuilt.backlog.told_at > 0
    assert rebuilt.series[0].missing == [] and not rebuilt.certain
    again = dead.rebuild(node, mirror=False)
    assert again.backlog == rebuilt.backlog
    node.close()


def test_the_mirror_may_be_found_later(dead: Dead) -> None:
    node = dead.new_pc()
    dead.rebuild(node, mirror=False)
    own = sell(node)

    rebuilt = dead.rebuild(node)

    assert dead.sales(node) == sorted([*dead.ids, own.id]) == dead.shop.at_hq()
    assert sum(series.from_mirror for series in rebuilt.series) == 4
    node.close()


def test_twice_is_once(dead: Dead) -> None:
    node = dead.new_pc()
    first = dead.rebuild(node)
    bodies = node.db.value("SELECT count(*) FROM body")

    again = dead.rebuild(node)

    assert again.series == first.series
    assert node.db.value("SELECT count(*) FROM body") == bodies
    assert dead.shop.at_hq() == sorted(dead.ids)
    node.close()


def test_the_new_pc_goes_on_with_the_same_stick(dead: Dead) -> None:
    node = dead.new_pc()
    dead.rebuild(node)
    mirror = Mirror(node, Folder(dead.shop.stick, owner_of(node)), dead.shop.world.line)

    own = sell(node)

    assert mirror.turn() and mirror.brought_back == 0
    assert mirror.status()["lag"] == 0
    assert own.id in dead.sales(node)
    node.close()


def test_without_hq_it_says_so_and_goes_on_later(dead: Dead) -> None:
    node = dead.new_pc()

    class Cut:
        def send(self, _request: object) -> object:
            raise NetworkError("test.line_cut")

        def close(self) -> None:
            """Nothing to give back."""

    with pytest.raises(NetworkError):
        rebuild(node, None, (), Cut)  # type: ignore[arg-type]

    dead.rebuild(node)
    assert dead.sales(node) == sorted(dead.ids)
    node.close()


TARGETS = {
    "learned": "edge.rebuild.actions.exchange",
    "fetched": "edge.syncing.replay.note_fetched",
    "adopted": "edge.rebuild.actions._from_mirror",
    "written": "edge.mirror.recover._write_anew",
    "sent": "edge.rebuild.lives.name_series",
}


def _killed(*_arguments: object, **_words: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", TARGETS)
def test_killed_at_any_step_it_goes_on(dead: Dead, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    node = dead.new_pc()
    with monkeypatch.context() as dying:
        dying.setattr(TARGETS[step], _killed)
        with pytest.raises(KeyboardInterrupt):
            dead.rebuild(node)
    node.close()

    node = open_node(dead.home, dead.shop.world.clock)
    rebuilt = dead.rebuild(node)

    assert dead.sales(node) == sorted(dead.ids) == dead.shop.at_hq()
    assert outbox.unsent(node.db).count == 0 and rebuilt.certain
    assert [(one.from_hq, one.from_mirror) for one in rebuilt.series] == [(3, 4)]
    node.close()


def test_bk_07_one_flipped_bit_in_the_mirror_costs_one_receipt_which_is_named(dead: Dead) -> None:
    """It is never called whole, and what lies behind the damage comes back."""
    [file] = sorted((dead.shop.stick / "lianpu-mirror").glob("*/*.log"))
    raw = bytearray(file.read_bytes())
    segment = read_segment(bytes(raw))
    assert segment is not None
    raw[raw.index(segment.records[-3].sealed) + 100] ^= 1
    file.write_bytes(bytes(raw))
    node = dead.new_pc()

    rebuilt = dead.rebuild(node)

    [series] = rebuilt.series
    assert rebuilt.mirror == "damaged" and not rebuilt.certain
    assert series.missing == [(5, 5)] and series.last == 7
    assert set(dead.ids) - set(dead.sales(node)) == {dead.ids[4]}
    node.close()


def the_segment(dead: Dead) -> Path:
    [file] = sorted((dead.shop.stick / "lianpu-mirror").glob("*/*.log"))
    return file


@pytest.mark.parametrize("firsts", [(), (4,), (4, 6), (2,)])
def test_the_first_record_that_hq_lacks_costs_itself_alone(dead: Dead, firsts: tuple[int, ...]) -> None:
    """In one segment, or at the beginning of one; the enrolment is the first record, so the fourth sale is n° 4."""
    files = in_segments(the_segment(dead), *firsts)
    n = 4 - max([0, *(first for first in firsts if first <= 4)])
    damaged = files[len([first for first in firsts if first <= 4])]
    flip_record(damaged, n)
    before = [file.read_bytes() for file in files]
    node = dead.new_pc()

    for _ in range(3):
        rebuilt = dead.rebuild(node)
        [series] = rebuilt.series
        assert set(dead.ids) - set(dead.sales(node)) == {dead.ids[3]}
        assert series.missing == [(4, 4)] and rebuilt.mirror == "damaged" and not rebuilt.certain
    assert [file.read_bytes() for file in files] == before
    node.close()


@pytest.mark.parametrize(("firsts", "n"), [((), 0), ((4,), 0), ((4,), 1), ((3, 6), 1), ((3, 6), 2)])
def test_a_damaged_head_costs_nothing_and_is_said_every_time(
    dead: Dead, firsts: tuple[int, ...], n: int
) -> None:
    flip_head(in_segments(the_segment(dead), *firsts)[n])
    node = dead.new_pc()

    for _ in range(2):
        rebuilt = dead.rebuild(node)
        assert dead.sales(node) == sorted(dead.ids)
        assert rebuilt.mirror == "damaged" and not rebuilt.certain
    node.close()


def test_a_segment_that_is_gone_is_a_gap_until_it_is_found(dead: Dead) -> None:
    """Of all that HQ lacks the first part: the life seems to begin later, and is not called whole."""
    gone = in_segments(the_segment(dead), 6)[0]
    away = gone.rename(dead.shop.stick / gone.name)
    node = dead.new_pc()
    for _ in range(2):
        assert not dead.rebuild(node).certain
        assert set(dead.ids) - set(dead.sales(node)) == set(dead.ids[3:5])

    away.rename(gone)

    assert dead.rebuild(node).certain and dead.sales(node) == sorted(dead.ids)
    assert dead.rebuild(node).certain
    node.close()


class Busy:
    """HQ, which has no time any more from one question of each try on, a later one each time."""

    def __init__(self, line: Transport) -> None:
        self.line, self.asked, self.tries = line, 0, 0

    def again(self) -> None:
        self.asked, self.tries = 0, self.tries + 1

    def send(self, request: Request) -> Answer:
        self.asked += 1
        if 0 < 4 * self.tries <= self.asked:
            return Answer(503, {"retry-after": "1"}, b"")
        return self.line.send(request)

    def close(self) -> None:
        """Nothing is held."""


def test_an_hq_that_is_busy_for_a_moment_is_asked_again(dead: Dead) -> None:
    node, pauses = dead.new_pc(), list[float]()
    line, place = Busy(dead.shop.world.line), Folder(dead.shop.stick, owner_of(node))

    def step() -> Rebuilt:
        line.again()
        return rebuild(node, place, [], lambda: line)

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == len(PAUSES):
            line.tries = -1  # it has time again

    assert patiently(step, pause).certain
    assert pauses == list(PAUSES)
    assert dead.sales(node) == sorted(dead.ids) == dead.shop.at_hq()
    node.close()


def test_an_hq_that_is_away_ends_it_and_the_command_is_run_again(dead: Dead) -> None:
    def away() -> Rebuilt:
        raise NetworkError("sync.unreachable", why="nobody")

    pauses: list[float] = []

    with pytest.raises(NetworkError):
        patiently(away, pauses.append)
    assert pauses == list(PAUSES)
