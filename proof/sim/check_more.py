"""Checks that the ablations asked for: what the first ones could not see."""

from __future__ import annotations

from proof.sim.checking import Check

CHECKS: dict[str, Check] = {}
