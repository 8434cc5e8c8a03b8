"""The health board: last contact, lag, backlog, parked events, forks, gaps, versions, clocks, devices, alarms.

Reads what `hq.ingest` keeps; decisions about parked events, forks, gaps and alarms are actions of `hq.ingest`
(permission `ingest.settle`). Everybody may look within their stores.
"""

from hq.slice import EVERYONE, MenuItem, Slice

SLICE = Slice(
    name="fleet",
    pages=("hq.fleet.pages:pages",),
    permissions={"fleet.view": EVERYONE},
    menu=(
        MenuItem("fleet", "fleet.title", "fleet.index", "fleet.view"),
        MenuItem("fleet", "fleet.parked_title", "fleet.parked", "fleet.view"),
    ),
)
