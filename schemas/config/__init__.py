"""Configuration files: one TOML file per app, each key documented in docs/settings.md."""
