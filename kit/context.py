"""Who asks, for whom, when: the plain first argument of every action."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from retail.clock import Clock


@dataclass(frozen=True)
class Actor:
    """The person (or job) that acts; `staff` is a staff number at the edge and a user id at HQ."""

    staff: str
    name: str = ""
    role: str = ""
    permissions: frozenset[str] = frozenset()
    language: str = "en"
    stores: frozenset[str] | None = None  # None = all stores

    def may(self, permission: str) -> bool:
        """Is this permission granted outright?"""
        return permission in self.permissions


SYSTEM = Actor(staff="system", name="system", role="system")


@dataclass(frozen=True)
class Context:
    """`app` is the running node or HQ; `device` the terminal or browser; `trace` one id per request or job."""

    app: Any
    clock: Clock
    actor: Actor = SYSTEM
    device: str = ""
    trace: str = ""
    approved_by: Actor | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def acting_as(self, actor: Actor) -> Context:
        """The same request in another person's name."""
        return replace(self, actor=actor)
