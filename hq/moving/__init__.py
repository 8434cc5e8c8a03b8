"""Moving: a headquarters on SQLite becomes the same one on PostgreSQL, table by table, each proven before the next."""
