"""Devices of a till: one folder per kind, each with a promise, pure bytes, a real device and an emulator.

`device.py` says what every device can do, `errors.py` names what can go wrong, `transport/` moves bytes,
`supervisor.py` owns a device in one thread, `registry.py` builds devices from profiles, `emulate.py` starts a
bench of emulated ones. Only the edge imports this package.
"""
