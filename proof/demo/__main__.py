"""`python -m proof.demo`: what `./install/demo` runs."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

from proof.demo.profiles import CASHIER, MANAGER, PROFILES, STORES
from proof.demo.selfcheck.browser import find_browser
from proof.demo.selfcheck.compare import compare, verify
from proof.demo.selfcheck.report import Report
from proof.demo.selfcheck.story import Story
from proof.demo.world import PINS, World

BASKETS, SPECIAL = 200, 10
BASKETS_MIN = 8  # two early, one by scanner, one by browser, two with a crash, two without paper
LOG_LINES = 15  # of each process, shown when the story breaks off
NO_BROWSER = "No Chromium here. Install one (Debian: apt-get install chromium) or run with --no-browser."


def main() -> int:
    """Exit code 0 when everything that was asked for holds."""
    parser = argparse.ArgumentParser(prog="install/demo", description="HQ, two stores and emulated hardware.")
    parser.add_argument("--selfcheck", action="store_true", help="run the main job once and exit 0 or 1")
    parser.add_argument("--baskets", type=int, default=BASKETS, help="baskets a store in the selfcheck")
    parser.add_argument(
        "--no-browser", action="store_true", help="selfcheck without the browser part, and say so"
    )
    parser.add_argument("--chain", choices=sorted(PROFILES), default="hkd", help="which chain profile")
    parser.add_argument("--home", type=Path, help="keep the demo's files here instead of a temporary folder")
    arguments = parser.parse_args()
    if arguments.baskets < BASKETS_MIN:
        parser.error(f"--baskets: the story of the selfcheck needs at least {BASKETS_MIN} a store")
    root = (arguments.home or Path(tempfile.mkdtemp(prefix="lianpu-demo-"))).resolve()
    try:
        if arguments.selfcheck:
            return selfcheck(root, arguments)
        return demo(root, arguments)
    finally:
        if arguments.home is None:
            shutil.rmtree(root, ignore_errors=True)


def selfcheck(root: Path, arguments: argparse.Namespace) -> int:
    """The main job once."""
    if not arguments.no_browser and find_browser() is None:
        print(NO_BROWSER)
        return 1
    report = Report()
    world = World(root, PROFILES[arguments.chain], fixed_ports=False)
    special = min(SPECIAL, max(1, arguments.baskets // 10))
    story = Story(world, report, arguments.baskets, special, not arguments.no_browser)
    try:
        world.start()
        report.say("HQ and two stores run, enrolled and supplied")
        story.run()
        compare(world, story.days, report)
        story.restored.run()
        verify(world, report)
    except Exception as error:  # noqa: BLE001 — the outermost loop: shown, counted as a failure
        report.check(f"the story went through ({type(error).__name__}: {error})", False, True)
        for log in sorted((root / "log").glob("*.log")):
            report.say("\n".join([f"the end of {log.name}:", *log.read_text().splitlines()[-LOG_LINES:]]))
    finally:
        for day in story.days.values():
            day.leave()
        world.stop()
    print(report.summary())
    return 0 if report.passed else 1


def demo(root: Path, arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    ended = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    print("Starting HQ and two stores …", flush=True)
    world = World(root, PROFILES[arguments.chain])
    try:
        world.start()
        tell(world)
        ended.wait()
    finally:
        print("\nStopping …", flush=True)
        world.stop()
    return 0


def tell(world: World) -> None:
    """Addresses, codes and a one-minute tour."""
    login, password = world.secrets["login"], world.secrets["password"]
    print(f"\nHQ console        http://127.0.0.1:{world.hq_port}/   {login} / {password}")
    for code, shop in world.shops.items():
        client = world.till(shop, "02", MANAGER)
        world.sign_in(client, CASHIER)
        name = STORES[code][0][world.profile.language]
        print(f"Till of {code} {name}  {world.pairing_url(shop, '01')['url']}")
    print(f"Hardware bench    {world.bench.http_url}")
    print(f"People            cashier {CASHIER} PIN {PINS[CASHIER]} · manager {MANAGER} PIN {PINS[MANAGER]}")
    print(
        "\nOne minute: open a till, sign in, open the shift. Type 2000000018751 and Enter, F9, Enter: sold.\n"
        "See the paper on the bench, the sale in the console. Pull the paper there, or cut the line, and sell on.\n"
        "Ctrl-C stops all of it.",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
