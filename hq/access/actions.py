"""What can be done about people of the console: sign in and out, add, change, reset, deactivate."""

from __future__ import annotations

from dataclasses import dataclass

from hq.access import repository, tries
from hq.access.model import (
    User,
    checked_language,
    checked_login,
    checked_name,
    checked_password,
    checked_roles,
    checked_stores,
)
from hq.allowed import require, require_chain
from hq.change import Change
from hq.slice import ADMINISTRATOR
from kit.context import Actor, Context
from kit.crypto import hash_secret, random_code, random_token, secret_matches, token_digest
from kit.sql import Connection
from retail.errors import Conflict, Invalid, NotFound, NotPermitted

SESSION_AGE_MS_MAX = 12 * 3_600_000
SEEN_STEP_MS = 60_000
# Compared when nobody has the name, so that both answers take the same time.
_NOBODY = hash_secret(random_token())


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token goes into the cookie and nowhere else. Who owes a code is not signed in yet."""

    token: str
    user: User
    owes_code: bool


def add_user(
    ctx: Context, *, login: str, name: str, language: str, roles: list[str], stores: list[str] | None,
    password: str = "",
) -> tuple[User, str]:  # fmt: skip
    """Add a person; answers the person and the password that was set (made up when none is given)."""
    require(ctx, "access.change")
    require_chain(ctx)
    login = checked_login(login)
    chosen = checked_password(password, login) if password else made_up_password()
    values = {
        "login": login, "name": checked_name(name), "language": checked_language(language),
        "password": hash_secret(chosen), "all_stores": int(stores is None),
    }  # fmt: skip
    known = checked_roles(roles)
    covered = checked_stores(stores)
    with ctx.app.change(ctx) as change:
        if repository.user_by_login(change.connection, login)[0] is not None:
            raise Conflict("access.login_taken", login=login)
        user_id = change.new_id()
        repository.insert_user(change.connection, {**values, "id": user_id, "created_at": change.now_ms})
        repository.set_roles(change.connection, user_id, known)
        repository.set_stores(change.connection, user_id, covered)
        user = existing(change.connection, user_id)
        change.audit("access.user_added", f"user:{login}", after=user.facts())
    return user, chosen


def change_user(
    ctx: Context, user_id: str, *, name: str, language: str, roles: list[str], stores: list[str] | None
) -> User:
    """Change a person; the last administrator of the whole chain stays one."""
    require(ctx, "access.change")
    require_chain(ctx)
    known = checked_roles(roles)
    covered = checked_stores(stores)
    with ctx.app.change(ctx) as change:
        repository.hold_administrators(change.connection)
        before = existing(change.connection, user_id)
        repository.update_user(
            change.connection, user_id, name=checked_name(name), language=checked_language(language),
            all_stores=int(stores is None),
        )  # fmt: skip
        repository.set_roles(change.connection, user_id, known)
        repository.set_stores(change.connection, user_id, covered)
        _keep_an_administrator(change.connection)
        after = existing(change.connection, user_id)
        change.audit("access.user_changed", f"user:{after.login}", before=before.facts(), after=after.facts())
    return after


def set_active(ctx: Context, user_id: str, *, active: bool) -> None:
    """Deactivate (ends all sessions at once) or bring back."""
    require(ctx, "access.change")
    require_chain(ctx)
    if user_id == ctx.actor.staff and not active:
        raise Conflict("access.not_yourself")
    with ctx.app.change(ctx) as change:
        repository.hold_administrators(change.connection)
        user = existing(change.connection, user_id)
        repository.update_user(change.connection, user_id, active=int(active))
        if not active:
            repository.end_sessions_of(change.connection, user_id)
            _keep_an_administrator(change.connection)
        verb = "access.user_activated" if active else "access.user_deactivated"
        change.audit(verb, f"user:{user.login}")


def reset_password(ctx: Context, user_id: str) -> str:
    """Make up a new password, shown once; ends all sessions of that person."""
    require(ctx, "access.change")
    require_chain(ctx)
    password = made_up_password()
    digest = hash_secret(password)
    with ctx.app.change(ctx) as change:
        user = existing(change.connection, user_id)
        repository.update_user(change.connection, user_id, password=digest)
        repository.end_sessions_of(change.connection, user_id)
        change.audit("access.password_reset", f"user:{user.login}")
    return password


def change_own_password(ctx: Context, *, old: str, new: str, session_token: str) -> str:
    """Set one's own password; all other browsers are signed out and this one gets a new token."""
    with ctx.app.db.read() as connection:
        user = existing(connection, ctx.actor.staff)
        digest = repository.user_by_login(connection, user.login)[1]
    if not secret_matches(old, digest):
        raise Invalid("access.old_password_wrong")
    hashed = hash_secret(checked_password(new, user.login))
    token = random_token()
    with ctx.app.change(ctx) as change:
        if _who_has(change.connection, user, digest) is None:
            raise Invalid("access.old_password_wrong")
        repository.update_user(change.connection, user.id, password=hashed)
        repository.end_sessions_of(change.connection, user.id)
        repository.insert_session(change.connection, token_digest(token), user.id, change.now_ms, ctx.device)
        change.audit("access.password_changed", f"user:{user.login}")
    return token


def set_own_language(ctx: Context, language: str) -> None:
    """The language of one's own screens."""
    with ctx.app.db.write() as connection:
        repository.update_user(connection, ctx.actor.staff, language=checked_language(language))


# -- sessions ----------------------------------------------------------------------------------------------


def sign_in(ctx: Context, *, login: str, password: str, old_token: str = "") -> SignedIn:
    """Begin a session, or `NotPermitted("access.sign_in_refused")` with one answer for every reason."""
    name = login.strip().lower()[:80]
    with ctx.app.db.read() as connection:
        named, digest = repository.user_by_login(connection, name)
    right = secret_matches(password[: repository.PASSWORD_READ], digest or _NOBODY)
    token = random_token()
    with ctx.app.change(ctx if named is None else ctx.acting_as(as_named(named))) as change:
        user = _who_has(change.connection, named, digest) if right else None
        if user is None:
            # The same work for a name that nobody has, which is not written down: people type passwords there.
            change.audit("access.sign_in_refused", "user:" if named is None else f"user:{named.login}")
        else:
            _begin_session(change, user, token, old_token)
    if user is None:
        raise NotPermitted("access.sign_in_refused")
    return SignedIn(token, user, owes_code=user.factor_at is not None)


def _who_has(connection: Connection, named: User | None, digest: str) -> User | None:
    """The active person whose password this still is: to compare it took long enough for a reset."""
    if named is None:
        return None
    user, current = repository.hold_user(connection, named.id)
    return user if user is not None and user.active and current == digest else None


def _begin_session(change: Change, user: User, token: str, old_token: str) -> None:
    """One that owes a code where the person has a second factor."""
    if old_token:
        repository.end_session(change.connection, token_digest(old_token))
    owes = user.factor_at is not None
    repository.insert_session(
        change.connection, token_digest(token), user.id, change.now_ms, change.ctx.device, owes_code=owes
    )
    if not owes:
        repository.update_user(change.connection, user.id, signed_in_at=change.now_ms)
        change.audit("access.signed_in", f"user:{user.login}")


def as_named(user: User) -> Actor:
    """The audit tells a sign-in of the person who was named; it gives no rights."""
    return Actor(staff=user.id, name=user.name, language=user.language)


def sign_out(ctx: Context, token: str) -> None:
    """End this browser's session."""
    with ctx.app.db.write() as connection:
        repository.end_session(connection, token_digest(token))


def user_of_session(ctx: Context, token: str) -> User | None:
    """Who this cookie belongs to; idle or old sessions are nobody's, nor such as a clock far ahead has dated."""
    digest = token_digest(token)
    now = ctx.clock.now_ms()
    idle = ctx.app.config.idle_minutes * 60_000
    with ctx.app.db.read() as connection:
        found = repository.session(connection, digest)
        if found is None or found.owes_code:
            return None
        if abs(now - found.seen_at) > idle or not -idle <= now - found.created_at <= SESSION_AGE_MS_MAX:
            return None
        user = repository.user(connection, found.user_id)
    if user is None or not user.active:
        return None
    if abs(now - found.seen_at) > SEEN_STEP_MS:
        with ctx.app.db.write() as connection:
            repository.see_session(connection, digest, now)
    return user


def end_old_sessions(ctx: Context) -> int:
    """Forget idle sessions, and tries at the doors whose time is over; a job."""
    now = ctx.clock.now_ms()
    with ctx.app.db.write() as connection:
        tries.forget_ended(connection, now)
        idle = ctx.app.config.idle_minutes * 60_000
        return repository.end_old_sessions(connection, now - idle, now - SESSION_AGE_MS_MAX, now + idle)


# -- API tokens --------------------------------------------------------------------------------------------


def make_token(ctx: Context, user_id: str, label: str) -> str:
    """A bearer token for programs that act as this person; shown once."""
    require(ctx, "access.change")
    require_chain(ctx)
    token = random_token()
    with ctx.app.change(ctx) as change:
        user = existing(change.connection, user_id)
        repository.insert_token(
            change.connection, token_digest(token), user_id, checked_name(label), change.now_ms
        )
        change.audit("access.token_made", f"user:{user.login}", label=label.strip())
    return token


def revoke_token(ctx: Context, user_id: str, digest: str) -> None:
    """End a token at once."""
    require(ctx, "access.change")
    require_chain(ctx)
    with ctx.app.change(ctx) as change:
        user = existing(change.connection, user_id)
        if not repository.revoke_token(change.connection, user_id, digest, change.now_ms):
            raise NotFound("access.token_unknown")
        change.audit("access.token_revoked", f"user:{user.login}", digest=digest[:12])


def user_of_token(ctx: Context, token: str) -> User | None:
    """Who this bearer token acts as."""
    with ctx.app.db.read() as connection:
        found = repository.token(connection, token_digest(token))
        user = None if found is None else repository.user(connection, found.user_id)
    return user if user is not None and user.active else None


def made_up_password() -> str:
    """Sixteen letters and digits in groups of four: about 80 bits, readable aloud."""
    return "-".join(random_code(4).lower() for _ in range(4))


def existing(connection: Connection, user_id: str) -> User:
    """The person, or `NotFound("access.user_unknown")`."""
    user = repository.user(connection, user_id)
    if user is None:
        raise NotFound("access.user_unknown")
    return user


def _keep_an_administrator(connection: Connection) -> None:
    if repository.active_administrators(connection) == 0:
        raise Conflict("access.last_administrator", role=ADMINISTRATOR)
