"""Ingest: what the stores say is stored first and applied later (SYNC §4, §5).

Stage 1 (`log`) appends links and bodies under the origin's row lock and answers a signed receipt; it looks at
links and lengths only. Stage 2 (`projector`) books postings once per event id, runs the handler of the type, and
parks what it cannot handle under its document keys, so that nothing else waits.

Tables: inc, origin, link, body, head_signature, receipt, durable; applied, event_seen, posting, balance, parked,
parked_key, fork, fork_evidence, hole, alarm; the projections sale, sale_line, sale_tender, sale_return, shift,
cash_move, stock_document, till_note; sale_looked_at, series_carried; device_nonce, device_session, contact, telemetry;
trusted_branch, quota.
"""

from hq.ingest.jobs import jobs
from hq.slice import ADMINISTRATOR, Slice

SLICE = Slice(
    name="ingest",
    pages=("hq.ingest.api:api",),
    permissions={"ingest.settle": frozenset({ADMINISTRATOR})},
    jobs=jobs,
    open_paths=("/sync/",),
)
