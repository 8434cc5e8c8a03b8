"""Which serial ports the system has now, so that a device plugged in again is found at once."""

from pathlib import Path

from serial.tools import list_ports

BY_ID = Path("/dev/serial/by-id")


def serial_ports() -> frozenset[str]:
    """Stable names where the system gives them (Linux: /dev/serial/by-id), and the ports themselves."""
    names = {port.device for port in list_ports.comports()}
    if BY_ID.is_dir():
        names |= {str(entry) for entry in BY_ID.iterdir()}
    return frozenset(names)
