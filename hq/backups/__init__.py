"""Backups: encrypted copies of HQ's database, proven by reading them back; the promise to the stores; the restore.

Nouns: *backup* (full, or incremental on top of a full one), *target* (where copies lie), *drill* (a backup is fetched,
unpacked, and its database proves itself), *durable* (what every kept backup contains: stores may delete that).
Tables: backup, backup_copy, backup_head; it writes `durable`. Files beside the database: `keys/backup.key`,
`durable.json`, `epoch.json`, `revoked.json`. Administrators only: a backup holds everything.
"""

from hq.backups.jobs import jobs
from hq.slice import ADMINISTRATOR, MenuItem, Slice

SLICE = Slice(
    name="backups",
    pages=("hq.backups.pages:pages",),
    permissions={"backup.manage": frozenset({ADMINISTRATOR})},
    menu=(MenuItem("system", "backups.title", "backups.index", "backup.manage"),),
    jobs=jobs,
)
