CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");

CREATE TABLE answer (
    key TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX answer_at ON answer (at);

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit.is_never_deleted'); END;

CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit.is_never_edited'); END;

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

CREATE TABLE balance (
    account TEXT NOT NULL,
    commodity TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (account, commodity)
) STRICT, WITHOUT ROWID;

CREATE TABLE basket (
    id TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'held', 'done', 'aborted')),
    version INTEGER NOT NULL,
    content TEXT NOT NULL CHECK (json_valid(content)),
    tenders TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tenders)),
    staff TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    document TEXT
) STRICT;

CREATE UNIQUE INDEX basket_one_open ON basket (terminal) WHERE state = 'open';

CREATE INDEX basket_state ON basket (state, changed_at);

CREATE TRIGGER body_is_never_deleted BEFORE DELETE ON body
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'purging')
BEGIN SELECT RAISE(ABORT, 'journal.body_is_never_deleted'); END;

CREATE TRIGGER body_is_never_edited BEFORE UPDATE OF id, bh, type, at, day, shift, body ON body
BEGIN SELECT RAISE(ABORT, 'journal.body_is_never_edited'); END;

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

CREATE INDEX body_replayed ON body (replayed) WHERE replayed = 1;

CREATE TABLE cash_move (
    id TEXT PRIMARY KEY REFERENCES body (id),
    shift TEXT NOT NULL,
    terminal TEXT NOT NULL,
    at INTEGER NOT NULL,
    staff TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('in', 'out', 'no_sale')),
    amount_minor INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX cash_move_shift ON cash_move (shift, at);

CREATE TABLE credential (
    staff TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    verifier BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    id TEXT PRIMARY KEY REFERENCES body (id),
    kind TEXT NOT NULL CHECK (kind IN ('sale', 'return')),
    number TEXT NOT NULL UNIQUE,
    terminal TEXT NOT NULL,
    series TEXT NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    shift TEXT NOT NULL,
    staff TEXT NOT NULL,
    basket TEXT UNIQUE,
    original TEXT,
    pieces INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    rounding_minor INTEGER NOT NULL,
    replayed INTEGER NOT NULL DEFAULT 0 CHECK (replayed IN (0, 1)),
    copies INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX document_day ON document (day, at);

CREATE INDEX document_original ON document (original);

CREATE INDEX document_shift ON document (shift, at);

CREATE INDEX document_total ON document (total_minor);

CREATE TABLE document_line (
    id TEXT NOT NULL REFERENCES document (id),
    line INTEGER NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    original_line INTEGER,
    PRIMARY KEY (id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE document_tender (
    id TEXT NOT NULL REFERENCES document (id),
    n INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('cash', 'card')),
    amount_minor INTEGER NOT NULL,
    given_minor INTEGER NOT NULL,
    change_minor INTEGER NOT NULL,
    approval TEXT,
    PRIMARY KEY (id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE head_signature (
    inc TEXT NOT NULL REFERENCES inc (inc),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (inc, seq)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER link_is_never_deleted BEFORE DELETE ON link
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'purging')
BEGIN SELECT RAISE(ABORT, 'journal.link_is_never_deleted'); END;

CREATE TRIGGER link_is_never_edited BEFORE UPDATE OF inc, seq, prev, bh, hash, id ON link
BEGIN SELECT RAISE(ABORT, 'journal.link_is_never_edited'); END;

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

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE numbering (
    terminal TEXT NOT NULL,
    series TEXT NOT NULL,
    last INTEGER NOT NULL CHECK (last >= 0),
    PRIMARY KEY (terminal, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE pairing_code (
    code_digest TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TRIGGER posting_is_never_deleted BEFORE DELETE ON posting
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'purging')
BEGIN SELECT RAISE(ABORT, 'journal.posting_is_never_deleted'); END;

CREATE TRIGGER posting_is_never_edited BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'journal.posting_is_never_edited'); END;

CREATE TABLE posting (
    id TEXT NOT NULL REFERENCES body (id),
    n INTEGER NOT NULL,
    account TEXT NOT NULL,
    commodity TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE print_event (
    n INTEGER PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES print_job (id),
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX print_event_job ON print_event (job, n);

CREATE INDEX print_event_lost ON print_event (job) WHERE state = 'UNKNOWN';

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

CREATE INDEX print_job_reference ON print_job (reference);

CREATE INDEX print_job_state ON print_job (state);

CREATE INDEX print_job_waiting ON print_job (device, state, id);

CREATE TABLE purged_replay (
    bh BLOB PRIMARY KEY CHECK (length(bh) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE purged_return (
    id TEXT PRIMARY KEY,
    original TEXT NOT NULL,
    total_minor INTEGER NOT NULL,
    card_minor INTEGER NOT NULL,
    lines TEXT NOT NULL CHECK (json_valid(lines))
) STRICT, WITHOUT ROWID;

CREATE INDEX purged_return_original ON purged_return (original);

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

CREATE TABLE shift (
    id TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    opened_at INTEGER NOT NULL,
    opened_by TEXT NOT NULL,
    float_minor INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by TEXT,
    expected_minor INTEGER,
    counted_minor INTEGER,
    z_number INTEGER,
    report TEXT CHECK (report IS NULL OR json_valid(report))
) STRICT;

CREATE INDEX shift_day ON shift (day, terminal);

CREATE UNIQUE INDEX shift_one_open ON shift (terminal) WHERE state = 'open';

CREATE TABLE sign_in (
    terminal TEXT PRIMARY KEY,
    staff TEXT NOT NULL,
    language TEXT NOT NULL,
    locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
    at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stock_document (
    id TEXT PRIMARY KEY REFERENCES body (id),
    kind TEXT NOT NULL CHECK (kind IN ('received', 'written_off')),
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    staff TEXT NOT NULL,
    reference TEXT NOT NULL,
    reason TEXT NOT NULL,
    lines TEXT NOT NULL CHECK (json_valid(lines))
) STRICT;

CREATE INDEX stock_document_at ON stock_document (at);

CREATE TABLE terminal_device (
    token_digest TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    label TEXT NOT NULL,
    paired_at INTEGER NOT NULL,
    paired_by TEXT NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX terminal_device_active ON terminal_device (terminal) WHERE revoked_at IS NULL;

CREATE TABLE throttle (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    since_wall INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
