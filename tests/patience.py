"""How long a test waits for what is sure to come: a machine that is shared may stand still for many seconds."""

from __future__ import annotations

ENOUGH_SECONDS = 120.0
