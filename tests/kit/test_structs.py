"""A server's threads may be the first to read a struct, several at once, and the process lives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RACE = """
import sys, threading
from pathlib import Path
from typing import Annotated
import msgspec

def below(kind):
    for lower in kind.__subclasses__():
        yield lower
        yield from below(lower)

def ask(kind, gate):
    gate.wait()
    try:
        msgspec.convert(dict.fromkeys(kind.__struct_encode_fields__, "x"), kind)
    except msgspec.ValidationError:
        pass

sys.setswitchinterval(1e-6)
Text = Annotated[str, msgspec.Meta(max_length=200)]
words = {{"__annotations__": {{f"field{{m}}": "Text" for m in range(8)}}, "__module__": __name__}}
own = [type(msgspec.Struct)(f"Own{{n}}", (msgspec.Struct,), dict(words)) for n in range({own})]
{start}
kinds = list(below(msgspec.Struct))
for kind in kinds:
    gate = threading.Barrier(4)
    threads = [threading.Thread(target=ask, args=(kind, gate)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(kinds))
"""
EDGE = """
from edge.app import create_app
from edge.node import Node
create_app(Node(Path(sys.argv[1])))
"""
HQ = """
from hq.app import create_app
from hq.headquarters import Headquarters
create_app(Headquarters.open(Path(sys.argv[1]) / "hq"))
"""
OWN = """
from kit.structs import warm_up
warm_up()
"""


@pytest.mark.parametrize(
    ("application", "own"), [(EDGE, 0), (HQ, 0), (OWN, 1_000)], ids=["edge", "hq", "own"]
)
def test_threads_that_are_the_first_to_read_a_struct_at_once_live(
    application: str, own: int, tmp_path: Path
) -> None:
    script = RACE.format(own=own, start=application)

    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr  # -11 where a thread met what another had half made
    assert int(ran.stdout) > 100
