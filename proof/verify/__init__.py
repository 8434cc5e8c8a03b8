"""`lianpu-verify`: reads the databases of stores and of HQ and says exactly what in them is not true.

It shares no code with what it judges: hash chain, signatures, body parsing, money and postings are written here a
second time from the published rules (docs/sync-protocol.md). It needs the standard library and `cryptography`,
opens every database read-only, and runs where nothing else of Lianpu is installed.

    source → journal → chain · ledger · documents · returns · shifts · numbers · rows → edge | hq → agree → report
"""
