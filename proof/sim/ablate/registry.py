"""All planted faults: the rules of SYNC §12 first, then the others by area."""

from __future__ import annotations

from proof.sim.ablate.faults.directed import DIRECTED, DIRECTED_RULES
from proof.sim.ablate.faults.down import DOWN
from proof.sim.ablate.faults.ledger import LEDGER
from proof.sim.ablate.faults.rules import RULES
from proof.sim.ablate.faults.spool import SPOOL
from proof.sim.ablate.faults.up import UP
from proof.sim.ablate.model import Planted

FAULTS: tuple[Planted, ...] = (*RULES, *DIRECTED_RULES, *UP, *LEDGER, *DOWN, *DIRECTED, *SPOOL)
