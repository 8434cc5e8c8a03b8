"""The hardware bench: emulated printers, drawers and scanners, and a plain page to fault them."""
