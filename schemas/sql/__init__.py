"""SQL of both applications: `edge` and `reference` as numbered files, `hq` as Alembic versions."""
