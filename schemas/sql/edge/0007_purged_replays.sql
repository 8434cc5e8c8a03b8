-- Bodies that a mirror or HQ gave back and that were purged since: HQ has them for good, and no mirror books them again.

CREATE TABLE purged_replay (
    bh BLOB PRIMARY KEY CHECK (length(bh) = 32)
) STRICT, WITHOUT ROWID;
