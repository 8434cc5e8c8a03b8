"""The guard in front of every view: who is this, and may they open it? A view without a mark is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request
from werkzeug.wrappers import Response

from hq.access import actions, second_factor
from hq.access.model import User
from kit.context import Actor, Context
from kit.web import Unauthenticated
from retail.errors import NotPermitted

SESSION_COOKIE = "lianpu_hq"
FILE_TYPE = "multipart/form-data"
# What always touches the whole chain: nobody who covers some stores only holds it, so no page offers it to them.
WHOLE_CHAIN = frozenset({"access.view", "access.change", "audit.view", "catalogue.change", "settings.change"})
NOBODY = Actor(staff="nobody", name="nobody", role="")


def actor_of(user: User, permissions: Mapping[str, frozenset[str]]) -> Actor:
    """A person as the actor of actions: permissions are the union over the roles."""
    granted = frozenset(name for name, roles in permissions.items() if roles & set(user.roles))
    if user.stores is not None:
        granted -= WHOLE_CHAIN
    return Actor(
        staff=user.id, name=user.name, role=user.roles[0] if user.roles else "", permissions=granted,
        language=user.language, stores=user.stores,
    )  # fmt: skip


def guard_of(
    app: Flask, permissions: Mapping[str, frozenset[str]], open_paths: tuple[str, ...]
) -> Callable[[], Response | None]:
    """What is asked before every request, and before its form is read."""
    app.extensions["lianpu_permissions"] = permissions

    def guard() -> Response | None:
        running = current_app.extensions["lianpu_hq"]
        g.ctx = Context(
            app=running, clock=running.clock, actor=NOBODY, device=request.remote_addr or "", trace=g.trace
        )
        if request.path.startswith(("/static/", *open_paths)):
            return None
        user = _user(g.ctx)
        if user is not None:
            g.ctx = g.ctx.acting_as(actor_of(user, permissions))
        return _answer(user)

    return guard


def _user(ctx: Context) -> User | None:
    bearer = request.headers.get("Authorization", "")
    if bearer.startswith("Bearer ") and request.path.startswith("/api/"):
        g.bearer = True
        return actions.user_of_token(ctx, bearer[7:])
    token = request.cookies.get(SESSION_COOKIE, "")
    return actions.user_of_session(ctx, token) if token else None


def _answer(user: User | None) -> Response | None:
    if request.endpoint is None:
        return None  # no such page: 404 is the same for everybody
    view = current_app.view_functions[request.endpoint]
    permission = getattr(view, "permission", None)
    if permission == "":
        return None
    if user is None:
        if request.path.startswith("/api/"):
            raise Unauthenticated("access.sign_in_first")
        wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
        answer = redirect("/sign-in" + (f"?{urlencode({'next': wanted})}" if wanted not in ("", "/") else ""))
        if request.headers.get("HX-Request"):
            answer.headers["HX-Redirect"] = "/sign-in"
        return answer
    if permission == "*":
        return None
    if second_factor.missing(g.ctx, user) and "bearer" not in g:
        if request.path.startswith("/api/"):
            raise NotPermitted("access.factor_needed")
        return redirect("/me/second-factor")
    if permission is None or not g.ctx.actor.may(permission):
        raise NotPermitted("access.not_permitted", permission=permission or "-")
    if request.mimetype == FILE_TYPE:
        request.max_content_length = getattr(view, "body_bytes_max", request.max_content_length)
    return None
