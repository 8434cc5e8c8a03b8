"""A printer that goes off line comes back at the port that it had, which nobody else was given meanwhile."""

from pathlib import Path

from drivers.printer.emulator import PrinterEmulator
from proof.sockets import PORTS
from tests.drivers.printer import bench
from tests.edge.spool import rig


def test_the_port_of_a_test_printer_is_none_that_the_kernel_lends(tmp_path: Path) -> None:
    """A lent one may be anybody's as soon as the printer lets go of it."""
    transport, stop = bench.connect("tcp", PrinterEmulator("test"), tmp_path)
    server, port = rig.a_server(PrinterEmulator("till-01"), "tcp", tmp_path)

    stop()
    server.stop()

    assert int(transport.address.rpartition(":")[2]) in PORTS
    assert port in PORTS
