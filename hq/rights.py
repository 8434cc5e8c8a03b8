"""Every permission that a slice declares, with the roles that hold it."""

from __future__ import annotations

from hq.slices import SLICES


def all_permissions() -> dict[str, frozenset[str]]:
    """`slice.verb` → roles."""
    return {name: roles for entry in SLICES for name, roles in entry.permissions.items()}
