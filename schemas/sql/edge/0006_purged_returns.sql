-- What a purged return took back of a sale that is still here: the same goods do not come back twice. It goes with
-- its sale. `lines` is [[line of the sale, thousandths], ...].

CREATE TABLE purged_return (
    id TEXT PRIMARY KEY,
    original TEXT NOT NULL,
    total_minor INTEGER NOT NULL,
    card_minor INTEGER NOT NULL,
    lines TEXT NOT NULL CHECK (json_valid(lines))
) STRICT, WITHOUT ROWID;

CREATE INDEX purged_return_original ON purged_return (original);
