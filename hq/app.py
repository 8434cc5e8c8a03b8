"""The Flask application of HQ: slices, guard, forms, limits, errors as pages."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, g, jsonify, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from hq import card_guard, commands, display, web
from hq.access import guard, tries
from hq.console import words
from hq.headquarters import Headquarters
from hq.rights import all_permissions
from hq.slices import SLICES
from kit.crypto import random_bytes, write_secret
from kit.i18n import LANGUAGES, NAMES
from kit.logs import logger
from kit.structs import warm_up
from kit.web import error_body, protect, status_of
from retail.errors import LianpuError, NotPermitted, Unavailable

log = logger("lianpu.hq")
OWN_PASSWORD = ("access.change_password", "second_factor.begin")  # who is signed in says it once more
MACHINE_PATHS = ("/api/", "/sync/", "/local/", "/healthz", "/metrics")


class FormSessions(SecureCookieSessionInterface):
    """What a person's form needs, in a signed cookie; who sends none, as every device, costs no signer."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The cookie's content, empty without one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def create_app(hq: Headquarters, *, limits: bool = True) -> Flask:
    """Build the application around a running headquarters; `limits` off only in tests of other things."""
    app = Flask(__name__, static_folder="static", template_folder="console/templates")
    app.session_interface = FormSessions()
    app.extensions["lianpu_hq"] = hq
    app.secret_key = form_key(hq)
    app.config.update(
        SESSION_COOKIE_NAME="lianpu_hq_form", SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=hq.config.secure, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_ENABLED=limits,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if hq.config.https:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    open_paths = ("/local/", *(path for entry in SLICES for path in entry.open_paths))
    protect(
        app, hosts=hq.config.names, message_of=web.message_of, exempt_origin=open_paths,
        guard=guard.guard_of(app, all_permissions(), open_paths),
    )  # fmt: skip
    card_guard.install(app)
    csrf = CSRFProtect()
    csrf.init_app(app)
    programs = ("/api/", *open_paths)
    for blueprint in [commands.pages, *(part for entry in SLICES for part in entry.blueprints())]:
        app.register_blueprint(blueprint)
        if f"{blueprint.url_prefix or ''}/".startswith(programs):
            csrf.exempt(blueprint)
    limit_sign_in(app)
    install_words(app)
    install_pages_for_errors(app)
    warm_up()
    return app


def form_key(hq: Headquarters) -> bytes:
    """The key under which form tokens are signed, kept in a file of its own."""
    path = hq.home / "keys" / "forms.key"
    if not path.exists():
        write_secret(path, random_bytes(32))
    return path.read_bytes()


def limit_sign_in(app: Flask) -> None:
    """Ten tries a minute from an address, five a minute for a name; ten wrong enrolment codes from an address.

    Five wrong ones a minute, too, of a person who is signed in and says the own password once more: the session may be
    somebody else's by now.
    """
    options: dict[str, Any] = {"hq": app.extensions["lianpu_hq"]}
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=f"{tries.SCHEME}://",
        storage_options=options,
        strategy=tries.SCHEME,
    )
    view = app.view_functions["access.sign_in_now"]

    def name() -> str:
        return request.form.get("login", "").strip().lower()[:80]

    limited = limiter.limit("5 per minute; 30 per hour", key_func=name)(limiter.limit("10 per minute")(view))
    limited.permission = ""
    app.view_functions["access.sign_in_now"] = limited
    code = limiter.limit("10 per minute")(app.view_functions["second_factor.give_code"])
    code.permission = ""
    app.view_functions["second_factor.give_code"] = code
    for name_of_view in OWN_PASSWORD:
        own = limiter.limit("5 per minute; 30 per hour", key_func=_person, deduct_when=_unreadable)(
            app.view_functions[name_of_view]
        )
        own.permission = "*"
        app.view_functions[name_of_view] = own
    enrol = limiter.limit("10 per minute; 60 per hour", deduct_when=_refused)(
        app.view_functions["enrolment_api.enrol"]
    )
    enrol.permission = ""
    app.view_functions["enrolment_api.enrol"] = enrol
    app.extensions["lianpu_limiter"] = limiter  # its decorators hold it only weakly


def _person() -> str:
    return f"person:{web.ctx().actor.staff}"


def _unreadable(answer: Response) -> bool:
    """What was refused, and not what was changed."""
    return answer.status_code == 422


def _refused(answer: Response) -> bool:
    """A device that waits for a person asks often and is not counted; a guess is."""
    return answer.status_code == 403


def install_words(app: Flask) -> None:
    """What every template may use."""
    app.jinja_env.globals.update(t=web.t, pick=web.pick, languages=LANGUAGES, language_names=NAMES)
    display.install(app)
    words.install(app)

    @app.context_processor
    def facts_of_request() -> dict[str, Any]:
        return {
            "language": web.language(), "me": g.ctx.actor if "ctx" in g else guard.NOBODY,
            "theme": "dark" if request.cookies.get(web.THEME_COOKIE) == "dark" else "light",
            "may": lambda permission: g.ctx.actor.may(permission),
        }  # fmt: skip


def install_pages_for_errors(app: Flask) -> None:
    """Refusals and mistakes as pages for people, as JSON for programs."""

    @app.errorhandler(LianpuError)
    def refused(error: LianpuError) -> Any:
        status, headers = status_of(error), {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(error.retry_after_seconds or 1)
        if not wants_page():
            body = error_body(error.code, web.message_of(error), fields=error.facts)
            return jsonify(body), status, headers
        state = "refused" if isinstance(error, NotPermitted) else "missing" if status == 404 else "failed"
        return error_page(state, web.message_of(error), error.code), status, headers

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> Any:
        return refused(LianpuError("web.form_stale"))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        status = error.code or 500
        code = f"web.{(error.name or 'error').lower().replace(' ', '_')}"
        if not wants_page():
            return jsonify(error_body(code, error.description or "")), status
        state = "missing" if status == 404 else "refused" if status in (413, 429) else "failed"
        limit = megabytes(request.max_content_length or 0)
        return error_page(state, web.message_of(LianpuError(code, limit=limit)), code), status

    @app.errorhandler(Exception)
    def mistake(error: Exception) -> Any:
        log.error("web.failed", trace=g.get("trace", ""), path=request.path, exc_info=error)
        if not wants_page():
            return jsonify(error_body("web.failed", web.message_of(LianpuError("web.failed")))), 500
        return error_page("failed", web.message_of(LianpuError("web.failed")), "web.failed"), 500


def megabytes(size: int) -> str:
    """A bound as a person reads it, in halves of a MB and never more than it is."""
    return f"{size // 2**19 / 2:g}"


def wants_page() -> bool:
    """Is a person looking at this answer?"""
    return not request.path.startswith(MACHINE_PATHS)


def error_page(state: str, message: str, code: str) -> str | Response:
    """A designed page for a refusal: what happened, what is safe, what to do."""
    template = "console/problem_piece.html" if web.partial() else "console/problem.html"
    return web.render(template, state=state, message=message, code=code, trace=g.get("trace", ""))
