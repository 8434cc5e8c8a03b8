"""Syncing: the store node's half of the two logs (SYNC.md; machines in `sync`).

Up: `outbox` reads links and bodies of the journal, `uplink` runs the machine over them, `homing` mints and writes a
tail anew, `replay` keeps events that HQ gives back. Down: `inbox` applies whole versions to reference.sqlite and
`projection` makes its product, barcode and price tables. `running` is the service with one thread per direction.

Tables: receipted, and meta rows `store`, `hq_url`, `hq_key`, `enrolment`, `enrolment_signature`, `fetched:<inc>`,
`closed:<inc>`, `aging:<inc>` in node.sqlite; scope, row, product, barcode, price in reference.sqlite.
"""
