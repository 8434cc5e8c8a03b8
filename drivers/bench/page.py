"""The hardware bench: a plain page to pull paper, open covers and scan, and the same as JSON.

Looking never changes anything; every change is a POST that carries the page's token, or JSON, which another
site's page cannot send. Only local host names are answered. No script, one style sheet.
"""

import hmac
import secrets
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, render_template, request

from drivers.bench.devices import LINE_STATES, Bench
from drivers.bench.words import LANGUAGES, WORDS
from drivers.printer.emulator import ENGINE_SWITCHES, LINE_SWITCHES, NUMBERS
from drivers.scanner.emulator import SWITCHES as SCANNER_SWITCHES

LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}
POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'"
POLICY += "; frame-ancestors 'none'"
PRINTER_ACTIONS = ("new_roll", "clear_cutter", "tear_off", "close_drawer", "open_drawer_by_key")
SHOWN_PAPERS = 12
SCAN_MAX = 4296


def create_app(bench: Bench) -> Flask:
    """The page for a running bench."""
    app = Flask("drivers")
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    token = secrets.token_urlsafe(24)
    app.before_request(lambda: _guard(token))
    app.after_request(_harden)
    _add_views(app, bench, token)
    _add_printer_routes(app, bench)
    _add_scanner_routes(app, bench)
    _add_line_routes(app, bench)
    return app


def _guard(token: str) -> None:
    """Local names only; a change needs the page's token or JSON."""
    if request.host.rpartition(":")[0] not in LOCAL_NAMES and request.host not in LOCAL_NAMES:
        abort(421)
    if request.method == "POST" and not request.is_json:
        given = request.form.get("token", "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            abort(403)


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _language() -> str:
    wanted = request.args.get("lang", "")
    if wanted in LANGUAGES:
        return wanted
    return request.accept_languages.best_match(LANGUAGES) or "en"


def _asked() -> dict[str, Any]:
    """The fields of a change, from a form or from JSON."""
    if request.is_json:
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else abort(400)
    return dict(request.form)


def _changed(state: dict[str, Any]) -> Any:
    """After a change: JSON to a program, back to the page for a person."""
    if request.is_json:
        return jsonify(state)
    language = request.form.get("lang", "en")
    return redirect(f"/?lang={language}" if language in LANGUAGES else "/", 303)


def _is_count(value: Any) -> bool:
    """A plain number of at most nine digits."""
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= 9


def _add_views(app: Flask, bench: Bench, token: str) -> None:
    @app.get("/")
    def page() -> str:
        language = _language()
        return render_template(
            "bench/bench.html",
            bench=bench,
            words=WORDS[language],
            language=language,
            languages=LANGUAGES,
            token=token,
            numbers=NUMBERS,
            actions=PRINTER_ACTIONS,
            line_states=LINE_STATES,
            shown=SHOWN_PAPERS,
        )

    @app.get("/healthz")
    def health() -> Response:
        return jsonify(ok=True)

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    @app.get("/api/devices")
    def devices() -> Response:
        printers = {name: printer_state(bench, name) for name in bench.printers}
        scanners = {
            name: {
                "address": bench.address(name),
                "switches": scanner.switches(),
                "history": scanner.history[-20:],
            }
            for name, scanner in bench.scanners.items()
        }
        lines = {name: {"state": line.state} for name, line in bench.lines.items()}
        return jsonify(printers=printers, scanners=scanners, lines=lines)


def printer_state(bench: Bench, name: str) -> dict[str, Any]:
    """Everything about a printer but its papers."""
    printer = bench.printer(name)
    return {
        "address": bench.address(name),
        "switches": printer.switches(),
        "counts": printer.counts(),
        "drawer_open": printer.drawer_open,
    }


def _add_printer_routes(app: Flask, bench: Bench) -> None:
    @app.get("/api/printers/<name>/papers")
    def papers(name: str) -> Response:
        printer = bench.printers.get(name) or abort(404)
        return jsonify(
            papers=[paper.as_dict() for paper in printer.papers()], hanging=printer.hanging().as_dict()
        )

    @app.get("/printers/<name>/papers/<int:number>.png")
    def paper_png(name: str, number: int) -> Response:
        printer = bench.printers.get(name) or abort(404)
        return Response(printer.png(number) or abort(404), mimetype="image/png")

    @app.get("/printers/<name>/papers/<int:number>.txt")
    def paper_text(name: str, number: int) -> Response:
        printer = bench.printers.get(name) or abort(404)
        found = [paper for paper in [*printer.papers(), printer.hanging()] if paper.number == number]
        return Response(found[0].text() if found else abort(404), mimetype="text/plain")

    @app.post("/printers/<name>/switch")
    def printer_switch(name: str) -> Any:
        printer = bench.printers.get(name) or abort(404)
        asked = _asked()
        switch, value = str(asked.get("switch")), asked.get("value")
        if switch not in ENGINE_SWITCHES and switch not in LINE_SWITCHES:
            abort(400)
        if switch in NUMBERS and value not in (None, "", False) and not _is_count(value):
            abort(400)
        printer.set(switch, value)
        return _changed(printer_state(bench, name))

    @app.post("/printers/<name>/do")
    def printer_do(name: str) -> Any:
        printer = bench.printers.get(name) or abort(404)
        action = str(_asked().get("action"))
        if action not in PRINTER_ACTIONS:
            abort(400)
        getattr(printer, action)()
        return _changed(printer_state(bench, name))


def _add_scanner_routes(app: Flask, bench: Bench) -> None:
    @app.post("/scanners/<name>/scan")
    def scan(name: str) -> Any:
        scanner = bench.scanners.get(name) or abort(404)
        code = str(_asked().get("code") or "")
        if not code or len(code) > SCAN_MAX:
            abort(400)
        scanner.scan(code)
        return _changed({"scanned": code})

    @app.post("/scanners/<name>/switch")
    def scanner_switch(name: str) -> Any:
        scanner = bench.scanners.get(name) or abort(404)
        asked = _asked()
        switch, value = str(asked.get("switch")), asked.get("value")
        if switch not in SCANNER_SWITCHES or (switch == "slow" and not _is_count(value or 0)):
            abort(400)
        scanner.set(switch, value)
        return _changed({"switches": scanner.switches()})


def _add_line_routes(app: Flask, bench: Bench) -> None:
    @app.post("/lines/<name>/switch")
    def line_switch(name: str) -> Any:
        line = bench.lines.get(name) or abort(404)
        state = str(_asked().get("state"))
        if state not in LINE_STATES:
            abort(400)
        line.cut(state)
        return _changed({"state": line.state})
