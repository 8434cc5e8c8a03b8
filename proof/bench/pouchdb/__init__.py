"""The peer PouchDB: its own replication over HTTP between LevelDB in a store and LevelDB at a centre, in Node."""
