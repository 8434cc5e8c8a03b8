CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");

CREATE TABLE barcode (
    code TEXT NOT NULL,
    sku TEXT NOT NULL,
    pieces INTEGER NOT NULL DEFAULT 1000,
    PRIMARY KEY (code, sku)
) STRICT, WITHOUT ROWID;

CREATE INDEX barcode_sku ON barcode (sku);

CREATE TABLE price (
    sku TEXT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    price_minor INTEGER NOT NULL,
    from_civil TEXT NOT NULL,
    until_civil TEXT,
    PRIMARY KEY (sku, scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE product (
    sku TEXT PRIMARY KEY,
    unit TEXT NOT NULL,
    weighed INTEGER NOT NULL,
    tax_code TEXT NOT NULL,
    category TEXT NOT NULL,
    active INTEGER NOT NULL,
    name_en TEXT NOT NULL,
    name_zh_hans TEXT NOT NULL,
    name_zh_hant TEXT NOT NULL,
    spec TEXT NOT NULL,
    search TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE row (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (scope, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE scope (
    scope TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    state TEXT NOT NULL CHECK (state IN ('live', 'loading')),
    applied_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
