"""The frame of the console: layout, errors as pages, health and metrics, and the texts of the shell.

It has no tables and no permissions of its own; `/healthz` is open, `/metrics` answers loopback only.
"""

from hq.slice import Slice

SLICE = Slice(name="console", pages=("hq.console.pages:pages",))
