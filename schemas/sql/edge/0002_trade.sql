-- What the till works on: baskets, documents, shifts. Documents are projections of events; the journal is the truth.

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

-- Sales and returns; `id` is the event's id.
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
CREATE INDEX document_shift ON document (shift, at);
CREATE INDEX document_total ON document (total_minor);
CREATE INDEX document_original ON document (original);

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

CREATE UNIQUE INDEX shift_one_open ON shift (terminal) WHERE state = 'open';
CREATE INDEX shift_day ON shift (day, terminal);

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

-- Goods in and write-offs.
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
