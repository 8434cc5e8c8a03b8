"""Publish: reference rows down to the stores, in scopes with versions that have no gaps (SYNC §6).

Tables: scope, scope_version, scope_change, scope_row, snapshot, subscription, scope_cursor. One HQ transaction is
one version per touched scope, taken last, under the locks of all touched scopes in byte order. Other slices only
touch (scope, kind, key) inside `hq.change`; nodes read below `/sync/v1/`.
"""

from hq.publish.jobs import jobs
from hq.slice import Slice

SLICE = Slice(name="publish", pages=("hq.publish.api:api",), jobs=jobs, open_paths=("/sync/",))
