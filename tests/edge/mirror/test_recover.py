"""A disk that lost commits gets them back from its mirror before anything else happens (BK-07, ES-12)."""

from __future__ import annotations

import msgspec
import pytest

from edge.mirror import recover
from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.model import MirrorTrouble
from edge.scrub.look import scrub
from edge.syncing import replay
from proof.sim.parties import a_node, sell
from proof.verify.cli import verify
from tests.edge.mirror.conftest import Mirrored, a_mirror
from tests.edge.mirror.damage import flip_record


def reasons(shop: Mirrored) -> list[str]:
    return [row[0] for row in shop.node.db.rows("SELECT reason FROM inc ORDER BY ordinal")]


def test_es_12_a_lying_drive_is_found_at_the_boot_and_loses_nothing(shop: Mirrored) -> None:
    """Database and witness both forgot: without a line only the mirror knows."""
    first = shop.sell()
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(4)]

    shop.put_back(kept)
    assert shop.sales() == [first]
    assert shop.mirror.turn()

    assert shop.sales() == sorted([first, *told])
    assert reasons(shop) == ["enrolment", "rollback"]
    assert shop.mirror.brought_back == 4
    later = shop.sell()
    shop.settle()
    assert shop.at_hq() == sorted([first, *told, later])
    report = verify([shop.node.home / "node.sqlite"], None, [shop.node.witness_path()])
    found = [finding.text for check in report.checks for finding in check.findings]
    assert [text for text in found if not text.startswith(("audit sale:", "print_job ", "basket "))] == []


def test_es_12_a_disk_put_back_to_before_its_incarnation_gets_both_back(shop: Mirrored) -> None:
    first = shop.sell()
    kept = shop.old_disk()
    told = [shop.sell()]
    shop.put_back(kept)
    shop.mirror.turn()
    told.append(shop.sell())

    shop.put_back(kept)
    assert shop.mirror.turn()

    assert shop.sales() == sorted([first, *told])
    assert reasons(shop) == ["enrolment", "rollback", "rollback"]
    assert scrub(shop.node).findings == []
    shop.settle()
    assert shop.at_hq() == sorted([first, *told])


def test_what_came_back_is_found_once(shop: Mirrored) -> None:
    kept = shop.old_disk()
    shop.sell()
    shop.put_back(kept)
    assert shop.mirror.turn()

    shop.restart()
    assert shop.mirror.turn()

    assert shop.mirror.brought_back == 0
    assert reasons(shop) == ["enrolment", "rollback"]


def test_numbers_never_collide_after_it(shop: Mirrored) -> None:
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(3)]
    shop.put_back(kept)
    shop.mirror.turn()
    told += [shop.sell() for _ in range(3)]

    numbers = [row[0] for row in shop.node.db.rows("SELECT number FROM document")]
    assert len(set(numbers)) == len(told) == 6
    facts = shop.node.db.value("SELECT body FROM body WHERE type = 'node.reincarnated'")
    assert b'"last_numbers":{"01":' in facts


def test_a_witness_and_a_mirror_that_both_find_it_mint_once(shop: Mirrored) -> None:
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(2)]
    kept.with_suffix(".witness").write_bytes(shop.node.witness_path().read_bytes())

    shop.put_back(kept)
    assert reasons(shop) == ["enrolment", "rollback"]
    assert shop.mirror.turn()

    assert shop.sales() == sorted(told)
    assert reasons(shop) == ["enrolment", "rollback"]


def test_a_mirror_that_was_away_at_the_boot_finds_two_logs(shop: Mirrored) -> None:
    """The disk was put back and sold on without its stick: both logs are kept, each sale is booked once."""
    first = shop.sell()
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(3)]
    away = shop.stick.rename(shop.stick.with_name("pulled"))
    shop.put_back(kept)
    told += [shop.sell() for _ in range(2)]

    away.rename(shop.stick)
    assert shop.mirror.turn(), shop.mirror.why

    assert shop.sales() == sorted([first, *told])
    assert reasons(shop) == ["enrolment", "fork"]
    shop.settle()
    assert shop.at_hq() == sorted([first, *told])
    shop.restart()
    assert shop.mirror.turn() and shop.mirror.brought_back == 0 and reasons(shop) == ["enrolment", "fork"]
    assert shop.mirror.status()["lag"] == 0


def test_a_sale_between_comparison_and_mint_is_settled_by_the_next_look(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shop.sell()
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(3)]
    shop.put_back(kept)
    counted = recover._last_numbers

    def a_sale_comes(*arguments: object) -> dict[str, str]:
        told.append(sell(shop.node).id)
        return counted(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as between:
        between.setattr(recover, "_last_numbers", a_sale_comes)
        assert not shop.mirror.turn() and shop.mirror.state == "diverged"
    assert reasons(shop) == ["enrolment"] and len(shop.sales()) == 2

    assert shop.mirror.turn(), shop.mirror.why

    assert shop.sales() == sorted([first, *told]) and len(told) == 4
    assert reasons(shop) == ["enrolment", "fork"]
    shop.settle()
    assert shop.at_hq() == sorted([first, *told])


def test_what_a_dead_device_left_is_taken_once_and_then_needs_no_line(shop: Mirrored) -> None:
    """The mark of what was brought back: without it each start would ask HQ for the dead device's key."""
    told = [shop.sell() for _ in range(2)]
    world = shop.world
    fresh = a_node(world.folder / "new-pc", world.centre, "001", world.clock)
    first = a_mirror(world, fresh, shop.stick)
    assert first.turn() and first.brought_back == 2 + 1, (
        first.why
    )  # the dead node's enrolment is an event, too

    without_line = Mirror(fresh, Folder(shop.stick, owner_of(fresh)))

    assert without_line.turn(), without_line.why
    assert without_line.brought_back == 0
    assert {row[0] for row in fresh.db.rows("SELECT id FROM document")} == set(told)
    fresh.close()


def test_rows_of_no_event_in_the_way_are_taken_away_by_the_scrub(shop: Mirrored) -> None:
    """ES-12: of a lost sale one page of postings has reached the disk."""
    kept = shop.old_disk()
    told = shop.sell()
    (row,) = shop.node.db.rows("SELECT * FROM posting WHERE id = ? LIMIT 1", (told,))
    shop.put_back(kept)
    writer = shop.node.db.writer
    writer.execute("PRAGMA foreign_keys = 0")
    writer.execute(f"INSERT INTO posting VALUES ({', '.join('?' * len(row))})", tuple(row))
    writer.execute("PRAGMA foreign_keys = 1")
    assert not shop.mirror.turn() and shop.mirror.state == "failed"
    shop.node.scrubber.wait(60)

    assert shop.mirror.turn(), shop.mirror.why
    assert shop.sales() == [told]


def test_hq_and_mirror_both_know_and_each_sale_is_here_once(shop: Mirrored) -> None:
    """BK-02: an old disk was put back; a new incarnation begins, and its own events come back from both."""
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(3)]
    shop.settle()
    told += [shop.sell() for _ in range(2)]

    shop.put_back(kept)
    shop.mirror.turn()
    shop.settle()

    assert shop.sales() == shop.at_hq() == sorted(told)
    assert reasons(shop)[-1] == "rollback"


@pytest.mark.parametrize("piece", [1, 2, 3])
def test_killed_while_bringing_back_it_goes_on_at_the_next_start(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(4)]
    shop.put_back(kept)
    one_by_one(monkeypatch)
    adopt, left = replay.adopt, [piece]

    def killed(*arguments: object, **words: object) -> int:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return adopt(*arguments, **words)  # type: ignore[arg-type]

    with monkeypatch.context() as dying:
        dying.setattr(replay, "adopt", killed)
        with pytest.raises(KeyboardInterrupt):
            shop.mirror.turn()

    shop.restart()
    assert shop.mirror.turn()
    assert shop.sales() == sorted(told)
    assert reasons(shop) == ["enrolment", "rollback"]
    shop.settle()
    assert shop.at_hq() == sorted(told)


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece has one record."""
    whole = recover.records_after

    def each(*arguments: object) -> object:
        return ([record] for piece in whole(*arguments) for record in piece)  # type: ignore[arg-type]

    monkeypatch.setattr(recover, "records_after", each)


def test_a_record_that_was_changed_is_not_believed(shop: Mirrored) -> None:
    kept = shop.old_disk()
    shop.sell()
    [file] = shop.files
    raw = bytearray(file.read_bytes())
    raw[-20] ^= 1
    file.write_bytes(bytes(raw))

    shop.put_back(kept)
    assert shop.mirror.turn()

    assert shop.sales() == []  # the record's checksum ends the segment before it
    assert shop.mirror.state == "ready"


def test_a_stick_sealed_for_another_device_of_another_store_says_nothing(shop: Mirrored) -> None:
    shop.sell()
    other = shop.world.store("002")
    theirs = a_mirror(shop.world, other.node, shop.stick)

    assert not theirs.turn() and theirs.state == "foreign"
    place = shop.mirror._place
    assert place is not None
    [standing] = place.standings()
    brought = recover.bring_back(other.node, place, [standing], theirs._keys)
    assert (brought.ids, brought.gaps) == ([], [(standing.life.inc, 1, standing.seq)])
    assert other.node.db.value("SELECT count(*) FROM body WHERE type = 'sale.completed'") == 0
    sell(other.node)
    other.node.close()


def test_a_damaged_segment_costs_what_was_in_it_and_no_more(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies behind the damage comes back too, with new links; the gap is named."""
    monkeypatch.setattr("edge.mirror.folder.SEGMENT_BYTES", 1)
    shop.sell()
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(4)]
    damaged = shop.files[2]
    damaged.write_bytes(damaged.read_bytes()[:-10])

    shop.put_back(kept)
    assert shop.mirror.turn()

    assert set(told) - set(shop.sales()) == {told[1]}
    shop.settle()
    assert shop.at_hq() == shop.sales()
    assert reasons(shop) == ["enrolment", "rollback"]


def test_a_mirror_that_begins_behind_the_end_of_this_disk_is_taken_too(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.mirror.folder.SEGMENT_BYTES", 1)
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(4)]
    for file in shop.files[:2]:
        file.unlink()

    shop.put_back(kept)
    assert shop.mirror.turn(), shop.mirror.why

    assert shop.sales() == sorted(told[2:])
    shop.settle()
    assert shop.at_hq() == sorted(told[2:])


def test_one_flipped_bit_below_our_head_hides_nothing_that_follows(shop: Mirrored) -> None:
    """The disk was put back and the stick has damage in what the disk has: the rest comes back, and stays."""
    first = shop.sell()
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(3)]
    [file] = shop.files
    flip_record(file, 0)
    before = file.read_bytes()

    shop.put_back(kept)
    assert shop.mirror.turn() and shop.mirror.state == "ready"

    assert shop.sales() == sorted([first, *told])
    assert reasons(shop) == ["enrolment", "rollback"]
    later = shop.sell()
    assert before in [one.read_bytes() for one in shop.files]
    shop.settle()
    assert shop.at_hq() == sorted([first, *told, later])


@pytest.mark.parametrize("n", [2, 3])
def test_a_gap_is_named_by_every_later_look(shop: Mirrored, n: int) -> None:
    """In the record of our head, which is no loss, and in the first one that only the mirror has."""
    shop.sell()
    shop.sell()
    kept = shop.old_disk()
    told = [shop.sell() for _ in range(3)]
    [file] = shop.files
    damaged = flip_record(file, n)
    shop.put_back(kept)
    lost = {told[0]} if n == 3 else set()

    for _ in range(3):
        assert shop.mirror.turn()
        assert set(told) - set(shop.sales()) == lost
        assert shop.mirror.state == ("damaged" if lost else "ready")
        assert (f"{damaged} to {damaged} cannot be read" in shop.mirror.why) is bool(lost)
        assert reasons(shop) == ["enrolment", "rollback"]
        shop.restart()


def test_a_life_that_is_not_what_was_signed_does_not_come_in(shop: Mirrored) -> None:
    kept = shop.old_disk()
    shop.sell()
    place = Folder(shop.stick, owner_of(shop.node))
    shop.put_back(kept)
    [real] = place.standings()
    other = msgspec.structs.replace(real, life=msgspec.structs.replace(real.life, inc="f" * 32))

    with pytest.raises(MirrorTrouble) as refused:
        recover.bring_back(shop.node, place, [other, real], shop.mirror._keys)

    assert refused.value.state == "damaged"
    assert shop.node.db.value("SELECT count(*) FROM inc WHERE inc = ?", ("f" * 32,)) == 0
    recover.bring_back(shop.node, place, [real], shop.mirror._keys)
