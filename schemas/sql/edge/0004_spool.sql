-- The durable print spool (HARDWARE §3): a job has evidence, not a boolean.

CREATE TABLE print_job (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('receipt', 'reprint', 'return', 'shift', 'test', 'drawer')),
    reference TEXT NOT NULL,
    terminal TEXT NOT NULL,
    copy INTEGER NOT NULL DEFAULT 0,
    document TEXT NOT NULL CHECK (json_valid(document)),
    state TEXT NOT NULL CHECK (state IN
        ('QUEUED', 'BLOCKED', 'SENDING', 'CONFIRMED', 'DONE', 'SENT_UNVERIFIED', 'UNKNOWN', 'CANCELLED')),
    evidence TEXT NOT NULL DEFAULT 'none'
        CHECK (evidence IN ('none', 'transport', 'fence', 'fence+cut', 'person')),
    reason TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    bytes_sent INTEGER NOT NULL DEFAULT 0,
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX print_job_waiting ON print_job (device, state, id);
CREATE INDEX print_job_reference ON print_job (reference);

CREATE TABLE print_event (
    n INTEGER PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES print_job (id),
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX print_event_job ON print_event (job, n);
