"""Names of the serial ports that the system has now, so that a device plugged in again is found at once.

Names and no more: of a device that is just being unplugged the rest is gone already, and pyserial's own list fails.
"""

import glob

# Linux: stable names first, then the ports themselves (ttyS, ttyUSB, ttyACM, ttyAMA ...) and those by Bluetooth.
PATTERNS = ("/dev/serial/by-id/*", "/dev/tty[A-Z]*", "/dev/rfcomm*")


def serial_ports() -> frozenset[str]:
    """Every name that leads to a serial port, or did a moment ago."""
    return frozenset(name for pattern in PATTERNS for name in glob.glob(pattern))
