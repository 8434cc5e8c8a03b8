"""Stock as sums of postings. `on_hand` is a balance; the ledger lists the postings that it is the sum of."""

from __future__ import annotations

from hq.statements import like, sum_of
from kit.sql import Row, SqlDatabase

# The words of the index `posting_goods`: a query that repeats them reads one product, not the whole store.
GOODS = "p.commodity >= 'sku:' AND p.commodity < 'sku;'"
ACCOUNTS = ("on_hand", "sold", "received", "written_off", "opening")


def of_product(db: SqlDatabase, sku: str, seen: frozenset[str] | None) -> list[Row]:
    """On hand and sold per store, with the moment of the last event that HQ has of the store."""
    rows = db.rows(
        "SELECT s.code AS store, s.name, s.time_zone, coalesce(h.quantity, 0) AS on_hand,"
        " coalesce(d.quantity, 0) AS sold, (SELECT max(o.at) FROM origin o WHERE o.node = n.node) AS as_of"
        " FROM store s LEFT JOIN node n ON n.store = s.code"
        " LEFT JOIN balance h ON h.store = s.code AND h.account = 'stock:' || s.code || :shelf"
        " AND h.commodity = :commodity"
        " LEFT JOIN balance d ON d.store = s.code AND d.account = 'stock:' || s.code || :sold"
        " AND d.commodity = :commodity ORDER BY s.code",
        {"commodity": f"sku:{sku}", "shelf": ":on_hand", "sold": ":sold"},
    )
    return [row for row in rows if seen is None or row.store in seen]


def of_store(
    db: SqlDatabase, store: str, *, text: str, only: str, offset: int, limit: int
) -> tuple[int, list[Row]]:
    """The products of a store that ever moved, with the sums of each account."""
    where = (
        "b.store = :store AND b.account = :on_hand AND (:text = '' OR p.search LIKE :like ESCAPE '!')"
        " AND (:only = '' OR (:only = 'negative' AND b.quantity < 0) OR (:only = 'zero' AND b.quantity = 0))"
    )
    params: dict[str, object] = {"store": store, "text": text, "like": like(text), "only": only}
    params |= {name: f"stock:{store}:{name}" for name in ACCOUNTS} | {"limit": limit, "offset": offset}
    source = f" FROM balance b JOIN product p ON 'sku:' || p.sku = b.commodity WHERE {where}"
    total = int(db.value(f"SELECT count(*){source}", params))
    others = ", ".join(
        f"(SELECT x.quantity FROM balance x WHERE x.store = b.store AND x.account = :{name}"
        f" AND x.commodity = b.commodity) AS {name}"
        for name in ACCOUNTS[1:]
    )
    rows = db.rows(
        f"SELECT p.sku, p.unit, p.name_en, p.name_zh_hans, p.name_zh_hant, b.quantity AS on_hand, {others}{source}"
        " ORDER BY p.sku LIMIT :limit OFFSET :offset",
        params,
    )
    return total, rows


def pieces_of_store(db: SqlDatabase, store: str) -> Row | None:
    """The sums of a whole store, over products sold by the piece."""
    return db.row(
        f"SELECT coalesce({sum_of('b.quantity')}, 0) AS on_hand, count(*) AS products,"
        " coalesce(sum(CASE WHEN b.quantity < 0 THEN 1 ELSE 0 END), 0) AS negative"
        " FROM balance b WHERE b.store = :store AND b.account = :on_hand",
        {"store": store, "on_hand": f"stock:{store}:on_hand"},
    )


def stores(db: SqlDatabase, seen: frozenset[str] | None) -> list[Row]:
    """Every store with the sum of its goods."""
    rows = db.rows(
        "SELECT s.code, s.name, s.time_zone, count(b.commodity) AS products,"
        f" coalesce({sum_of('b.quantity')}, 0) AS on_hand,"
        " coalesce(sum(CASE WHEN b.quantity < 0 THEN 1 ELSE 0 END), 0) AS negative,"
        " (SELECT max(o.at) FROM origin o JOIN node n ON n.node = o.node WHERE n.store = s.code) AS as_of"
        " FROM store s LEFT JOIN balance b ON b.store = s.code AND b.account = 'stock:' || s.code || :shelf"
        " GROUP BY s.code, s.name, s.time_zone ORDER BY s.code",
        {"shelf": ":on_hand"},
    )
    return [row for row in rows if seen is None or row.code in seen]


def ledger(db: SqlDatabase, store: str, sku: str, *, offset: int, limit: int) -> tuple[int, list[Row]]:
    """Every posting on the shelf of one product, newest first, with the document behind it."""
    params = {
        "store": store, "account": f"stock:{store}:on_hand", "commodity": f"sku:{sku}", "limit": limit,
        "offset": offset,
    }  # fmt: skip
    where = f"p.store = :store AND p.account = :account AND p.commodity = :commodity AND {GOODS}"
    total = int(db.value(f"SELECT count(*) FROM posting p WHERE {where}", params))
    rows = db.rows(
        "SELECT p.id, p.quantity, coalesce(s.at, d.at) AS at, coalesce(s.kind, d.kind) AS kind, s.number,"
        " d.reference, d.reason, coalesce(s.staff, d.staff) AS staff, e.node, e.inc, e.seq"
        " FROM posting p LEFT JOIN sale s ON s.store = p.store AND s.id = p.id"
        " LEFT JOIN stock_document d ON d.store = p.store AND d.id = p.id"
        f" LEFT JOIN event_seen e ON e.id = p.id WHERE {where} ORDER BY p.id DESC LIMIT :limit OFFSET :offset",
        params,
    )
    return total, rows


def balance(db: SqlDatabase, store: str, sku: str) -> dict[str, int]:
    """The balances of one product in one store, account by account."""
    rows = db.rows(
        "SELECT account, quantity FROM balance WHERE store = :s AND commodity = :c",
        {"s": store, "c": f"sku:{sku}"},
    )
    return {row.account.rsplit(":", 1)[1]: row.quantity for row in rows if row.account.startswith("stock:")}


def sum_after(db: SqlDatabase, store: str, sku: str, offset: int) -> int:
    """The sum of the newest `offset` postings: what to subtract for the running balance of a later page."""
    if not offset:
        return 0
    params = {"s": store, "a": f"stock:{store}:on_hand", "c": f"sku:{sku}", "limit": offset}
    return int(
        db.value(
            f"SELECT coalesce({sum_of('quantity')}, 0) FROM (SELECT p.quantity FROM posting p WHERE p.store = :s"
            f" AND p.account = :a AND p.commodity = :c AND {GOODS} ORDER BY p.id DESC LIMIT :limit) AS newest",
            params,
        )
    )
