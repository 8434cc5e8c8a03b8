"""A store with a mirror loses nothing that a buyer was told, whatever copy of its disk comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proof.sim import check_more
from proof.sim.chance import seeded_system
from proof.sim.disks import Disk
from proof.sim.parties import sell
from proof.sim.plan import make_plan
from proof.sim.world import World

WITH_A_STICK = 1  # its first store draws one


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One store with a mirror, where nothing goes wrong."""
    with seeded_system(WITH_A_STICK):
        made = World(make_plan(WITH_A_STICK, {}, stores=1), tmp_path)
        yield made
    made.close()


def told(disk: Disk) -> str:
    """A sale that its buyer was told is done; HQ has not heard of it."""
    sold = sell(disk.node, shift=disk.shift("01"))
    disk.promised[sold.id] = sold
    disk.held.add(sold.id)
    disk.run(disk.mirror)
    return sold.id


@pytest.mark.parametrize("witness_too", [True, False])
def test_an_older_disk_has_again_what_the_stick_has(world: World, witness_too: bool) -> None:
    (disk,) = world.disks
    disk.copy_to(world.folder / "older")
    sale = told(disk)

    disk.put_back(world.folder / "older", witness_too=witness_too)

    assert sale in disk.bodies()
    assert world.faults["mirror_brought_back"] == 1


def test_what_the_stick_has_stays_promised_after_a_disaster(world: World) -> None:
    (disk,) = world.disks
    disk.copy_to(world.folder / "older")
    sale = told(disk)
    assert disk.stick is not None
    stick, disk.stick = disk.stick, None  # somebody has pulled it, and the disk is put back meanwhile
    disk.put_back(world.folder / "older", witness_too=True)
    disk.stick = stick

    world.disaster()

    assert sale in disk.promised
    assert sale not in disk.bodies()


def test_a_mirror_in_trouble_at_the_end_is_found(world: World) -> None:
    (disk,) = world.disks
    disk.run(disk.mirror)
    assert disk.stick is not None
    assert [found for found in check_more.u5(world) if found] == []

    disk.stick.state = "diverged"

    assert [found for found in check_more.u5(world) if found] == [
        "001/1: its mirror, which has what it sold, is diverged"
    ]
