"""Audit: who changed what, when, from where, written in the transaction of the change and never altered.

Table `audit_entry` (append-only by trigger). A subject is `kind:key` of the record on whose history the entry
shows, e.g. `product:P000000027`. Administrators and auditors may read it.
"""

from hq.slice import ADMINISTRATOR, AUDITOR, MenuItem, Slice

SLICE = Slice(
    name="audit",
    pages=("hq.audit.pages:pages",),
    permissions={"audit.view": frozenset({ADMINISTRATOR, AUDITOR})},
    menu=(MenuItem("system", "audit.title", "audit.index", "audit.view"),),
)
