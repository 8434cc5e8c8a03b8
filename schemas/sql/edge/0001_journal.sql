-- The journal: bodies and links apart, so that a link can be written anew and a body never (SYNC §3).

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An incarnation of this node: minted at enrolment, after a rollback, a fork, a restore or a hole.
CREATE TABLE inc (
    inc TEXT PRIMARY KEY CHECK (length(inc) = 32),
    node TEXT NOT NULL,
    ordinal INTEGER NOT NULL UNIQUE,
    series TEXT NOT NULL UNIQUE,
    parent_inc TEXT,
    parent_seq INTEGER,
    parent_hash BLOB,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    record BLOB NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    reason TEXT NOT NULL CHECK (reason IN ('enrolment', 'rollback', 'fork', 'restore', 'hole')),
    current INTEGER NOT NULL CHECK (current IN (0, 1)),
    minted_at INTEGER NOT NULL,
    purged_seq INTEGER NOT NULL DEFAULT 0,
    purged_hash BLOB
) STRICT;

CREATE UNIQUE INDEX inc_one_current ON inc (current) WHERE current = 1;

CREATE TABLE body (
    id TEXT PRIMARY KEY,
    bh BLOB NOT NULL CHECK (length(bh) = 32),
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    day TEXT,
    shift TEXT,
    replayed INTEGER NOT NULL DEFAULT 0 CHECK (replayed IN (0, 1)),
    body BLOB NOT NULL
) STRICT;

CREATE INDEX body_day ON body (day, type);

-- `abandoned` links were written by a clone or before a rollback: kept as evidence, never sent as the log.
CREATE TABLE link (
    inc TEXT NOT NULL REFERENCES inc (inc),
    seq INTEGER NOT NULL CHECK (seq > 0),
    prev BLOB NOT NULL CHECK (length(prev) = 32),
    bh BLOB NOT NULL CHECK (length(bh) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    id TEXT NOT NULL REFERENCES body (id),
    abandoned INTEGER NOT NULL DEFAULT 0 CHECK (abandoned IN (0, 1)),
    PRIMARY KEY (inc, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_abandoned ON link (inc, seq) WHERE abandoned = 1;

CREATE INDEX link_id ON link (id);

CREATE TABLE head_signature (
    inc TEXT NOT NULL REFERENCES inc (inc),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (inc, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
    id TEXT NOT NULL REFERENCES body (id),
    n INTEGER NOT NULL,
    account TEXT NOT NULL,
    commodity TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE balance (
    account TEXT NOT NULL,
    commodity TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (account, commodity)
) STRICT, WITHOUT ROWID;

-- The last number given out per terminal and series; gapless because it moves in the sale's own transaction.
CREATE TABLE numbering (
    terminal TEXT NOT NULL,
    series TEXT NOT NULL,
    last INTEGER NOT NULL CHECK (last >= 0),
    PRIMARY KEY (terminal, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    staff TEXT NOT NULL,
    terminal TEXT NOT NULL,
    verb TEXT NOT NULL,
    subject TEXT NOT NULL,
    approved_by TEXT,
    facts TEXT NOT NULL CHECK (json_valid(facts))
) STRICT;

CREATE INDEX audit_subject ON audit (subject, n);

-- Idempotency-Key: the same key answers the same result, kept 7 days in the transaction of its effect.
CREATE TABLE answer (
    key TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX answer_at ON answer (at);

-- Where each incarnation stands at HQ: the last signed receipt and the durable point it promised.
CREATE TABLE receipted (
    inc TEXT PRIMARY KEY REFERENCES inc (inc),
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    durable_seq INTEGER NOT NULL DEFAULT 0,
    durable_hash BLOB,
    hq_at INTEGER NOT NULL,
    receipt BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER body_is_never_edited BEFORE UPDATE OF id, bh, type, at, day, shift, body ON body
BEGIN SELECT RAISE(ABORT, 'journal.body_is_never_edited'); END;

CREATE TRIGGER body_is_never_deleted BEFORE DELETE ON body
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'purging')
BEGIN SELECT RAISE(ABORT, 'journal.body_is_never_deleted'); END;

CREATE TRIGGER link_is_never_edited BEFORE UPDATE OF inc, seq, prev, bh, hash, id ON link
BEGIN SELECT RAISE(ABORT, 'journal.link_is_never_edited'); END;

CREATE TRIGGER link_is_never_deleted BEFORE DELETE ON link
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'purging')
BEGIN SELECT RAISE(ABORT, 'journal.link_is_never_deleted'); END;

CREATE TRIGGER posting_is_never_edited BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'journal.posting_is_never_edited'); END;

CREATE TRIGGER posting_is_never_deleted BEFORE DELETE ON posting
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'purging')
BEGIN SELECT RAISE(ABORT, 'journal.posting_is_never_deleted'); END;

CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit.is_never_edited'); END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit.is_never_deleted'); END;
