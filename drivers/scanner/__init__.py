"""Barcode scanners on a serial line: framing, the device, and an emulator on a pseudo terminal."""
