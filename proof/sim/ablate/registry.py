"""All planted faults."""

from __future__ import annotations

from proof.sim.ablate.faults.rules import RULES
from proof.sim.ablate.model import Planted

FAULTS: tuple[Planted, ...] = (*RULES,)
