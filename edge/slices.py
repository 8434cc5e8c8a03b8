"""Every slice of the store node, one line each: a feature is a folder plus its line here."""

from __future__ import annotations

from edge.journal.jobs import jobs as journal_jobs
from edge.mirror.keeper import Mirror
from edge.office.pages import pages as office_pages
from edge.office.trust import pages as trust_pages
from edge.people.api import api as people_api
from edge.people.jobs import jobs as people_jobs
from edge.people.model import PERMISSIONS
from edge.receipts.api import api as receipts_api
from edge.returns.api import api as returns_api
from edge.scrub.jobs import jobs as scrub_jobs
from edge.shifts.api import api as shifts_api
from edge.slice import Slice
from edge.spool.api import api as spool_api
from edge.spool.jobs import jobs as spool_jobs
from edge.stock.api import api as stock_api
from edge.syncing.jobs import jobs as sync_jobs
from edge.syncing.running import Sync
from edge.till.api import api as till_api
from edge.till.pages import pages as till_pages


def _of(name: str) -> tuple[str, ...]:
    return tuple(permission for permission in PERMISSIONS if permission.startswith(f"{name}."))


SLICES: tuple[Slice, ...] = (
    Slice("journal", jobs=journal_jobs),
    Slice("people", (people_api,), _of("people"), jobs=people_jobs),
    Slice("till", (till_api, till_pages), _of("till"), ("basket.aborted",)),
    Slice("sales", (), (), ("sale.completed",)),
    Slice("returns", (returns_api,), _of("returns"), ("return.completed",)),
    Slice("receipts", (receipts_api,), _of("receipts"), ("receipt.reprinted",)),
    Slice(
        "shifts",
        (shifts_api,),
        _of("shifts"),
        ("shift.opened", "shift.closed", "cash.moved", "drawer.opened"),
    ),
    Slice("mirror", services=(Mirror,)),
    Slice(
        "syncing",
        events=("node.enrolled", "node.reincarnated", "clock.corrected"),
        jobs=sync_jobs,
        services=(Sync,),
    ),
    Slice("stock", (stock_api,), _of("stock"), ("stock.received", "stock.written_off")),
    Slice("devices", services=(lambda node: node.devices,)),
    Slice("spool", (spool_api,), _of("spool"), jobs=spool_jobs, services=(lambda node: node.spool,)),
    Slice("scrub", jobs=scrub_jobs, services=(lambda node: node.scrubber,)),
    Slice("office", (office_pages, trust_pages), _of("office")),
)
