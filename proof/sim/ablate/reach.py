"""How often a planted fault made a difference in this process."""

from __future__ import annotations

from typing import Any

_count = 0


def planted(right: Any, wrong: Any) -> Any:
    """What the mistake gives; counted when the right code would have given something else."""
    if right != wrong:
        reached()
    return wrong


def reached(when: object = True) -> None:
    """The broken path was taken with an effect."""
    global _count
    _count += bool(when)


def count() -> int:
    """Since the process began, or since `forget`."""
    return _count


def forget() -> None:
    """Begin at nothing."""
    global _count
    _count = 0
