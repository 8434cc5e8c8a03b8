-- Who may use this node: PIN verifiers wrapped with the device's secret, tries, terminals, pairing codes, sessions.

CREATE TABLE credential (
    staff TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    verifier BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong tries per person and per device; waits count in monotonic time of a boot, so a clock change lifts none.
CREATE TABLE throttle (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    since_wall INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A browser that was paired with a code and now is a till.
CREATE TABLE terminal_device (
    token_digest TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    label TEXT NOT NULL,
    paired_at INTEGER NOT NULL,
    paired_by TEXT NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX terminal_device_active ON terminal_device (terminal) WHERE revoked_at IS NULL;

CREATE TABLE pairing_code (
    code_digest TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Who is signed in at a terminal; one row a terminal, so that a basket survives lock and switch.
CREATE TABLE sign_in (
    terminal TEXT PRIMARY KEY,
    staff TEXT NOT NULL,
    language TEXT NOT NULL,
    locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
    at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
