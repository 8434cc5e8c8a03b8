"""The scenes: the world as it is, and the world with bounds so small that a day reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proof.sim.ablate.model import Scene
from proof.sim.run import play_one
from sync import plan

STORE_DAYS = 2
BATCH_BYTES = 1_000


def world(seed: int) -> list[str]:
    """One seed of the world, looked at by every checker."""
    return play_one(seed, STORE_DAYS).violated


def world_of_small_batches(seed: int) -> list[str]:
    """The world, with pushes that hold 1,000 bytes: most events are larger than that alone."""
    with _small_batches():
        return world(seed)


@contextmanager
def _small_batches() -> Iterator[None]:
    kept, defaults = plan.PLAIN_BYTES_MAX, plan.cut.__defaults__
    plan.PLAIN_BYTES_MAX = BATCH_BYTES
    plan.cut.__defaults__ = (BATCH_BYTES,)
    try:
        yield
    finally:
        plan.PLAIN_BYTES_MAX, plan.cut.__defaults__ = kept, defaults


WORLD = Scene("world", world)
SMALL_BATCHES = Scene("world, 1 kB batches", world_of_small_batches)
