"""The second factor of people of the console: set it up, ask for it, take it away.

The password begins a session that is nobody's; the code turns it into one with a fresh token. A code opens once, also
with several workers. Wrong ones are counted for the person, over sessions and restarts: from the fifth on there is a
wait of one minute that doubles up to an hour.
"""

from __future__ import annotations

from dataclasses import dataclass

from hq.access import factors, one_time, repository
from hq.access.actions import SignedIn, as_named, existing
from hq.access.model import User
from hq.allowed import require, require_chain
from kit.context import Context
from kit.crypto import Wrapper, random_token, secret_matches, token_digest
from kit.sql import Connection, Row
from retail.errors import Conflict, Invalid, NotPermitted

ISSUER = "Lianpu"  # no blank: apps disagree about the plus sign
REQUIRED = "required"
OWED_MS_MAX = 5 * 60_000
FREE_FAILURES = 5
WAIT_MINUTES_MAX = 60


@dataclass(frozen=True)
class Setup:
    """What the phone must learn: the address behind the picture, and the secret for hands."""

    address: str
    spelled: str


def _wrapper(ctx: Context) -> Wrapper:
    return Wrapper(ctx.app.key.derive("second-factor"))


def _secret(ctx: Context, factor: Row) -> bytes:
    text = _wrapper(ctx).unwrap(factor.secret, factor.user_id)
    if text is None:
        raise Conflict("access.factor_unreadable")  # another HQ's key: an administrator takes it away
    return bytes.fromhex(text)


def required(ctx: Context) -> bool:
    """Does HQ ask for one from everybody?"""
    return bool(ctx.app.config.second_factor == REQUIRED)


def missing(ctx: Context, user: User) -> bool:
    """Must this person set one up before anything else?"""
    return required(ctx) and user.factor_at is None


# -- one's own ---------------------------------------------------------------------------------------------


def begin(ctx: Context, *, password: str) -> None:
    """Make a secret that counts once its first code was given."""
    with ctx.app.db.read() as connection:
        user = existing(connection, ctx.actor.staff)
        digest = repository.user_by_login(connection, user.login)[1]
    if user.factor_at is not None:
        raise Conflict("access.factor_is_on")
    if not secret_matches(password[: repository.PASSWORD_READ], digest):
        raise Invalid("access.old_password_wrong")
    secret = _wrapper(ctx).wrap(one_time.new_secret().hex(), user.id)
    with ctx.app.change(ctx) as change:
        there = factors.lock_factor(change.connection, user.id)
        if (
            there is not None and there.confirmed_at is not None
        ):  # by another browser of the same person, just now
            raise Conflict("access.factor_is_on")
        factors.put_factor(change.connection, user.id, secret, change.now_ms)


def own_since(ctx: Context) -> int | None:
    """Since when one's own is asked for."""
    with ctx.app.db.read() as connection:
        return existing(connection, ctx.actor.staff).factor_at


def waiting_setup(ctx: Context) -> Setup | None:
    """What a person is in the middle of setting up."""
    with ctx.app.db.read() as connection:
        user = existing(connection, ctx.actor.staff)
        factor = factors.factor(connection, user.id)
    if factor is None or factor.confirmed_at is not None:
        return None
    secret = _secret(ctx, factor)
    return Setup(one_time.address(secret, user.login, ISSUER), one_time.spelled(secret))


def confirm(ctx: Context, *, code: str, session_token: str) -> list[str]:
    """The phone shows the right code: from now on it is asked for. Answers the recovery codes, shown once."""
    codes = one_time.new_recovery_codes()
    now = ctx.clock.now_ms()
    with ctx.app.change(ctx) as change:
        user = existing(change.connection, ctx.actor.staff)
        factor = factors.lock_factor(change.connection, user.id)
        if factor is None or factor.confirmed_at is not None:
            raise Conflict("access.factor_not_begun")
        step = one_time.step_of(_secret(ctx, factor), one_time.plain(code), now)
        if step is None:
            raise Invalid("access.code_wrong")
        factors.use_step(change.connection, user.id, step)
        factors.confirm(change.connection, user.id, change.now_ms)
        factors.put_recovery_codes(change.connection, user.id, map(one_time.plain, codes))
        repository.end_sessions_of(change.connection, user.id, but=token_digest(session_token))
        change.audit("access.factor_on", f"user:{user.login}")
    return codes


def recovery_codes_left(ctx: Context) -> int:
    """How many of one's own are unused."""
    with ctx.app.db.read() as connection:
        return factors.recovery_codes_left(connection, ctx.actor.staff)


def renew_recovery_codes(ctx: Context, *, code: str) -> list[str]:
    """Ten new ones for a code of the phone; the old ones open nothing any more."""
    user = _proved(ctx, ctx.actor.staff, code)
    codes = one_time.new_recovery_codes()
    with ctx.app.change(ctx) as change:
        factors.put_recovery_codes(change.connection, user.id, map(one_time.plain, codes))
        change.audit("access.recovery_codes_made", f"user:{user.login}")
    return codes


def turn_off(ctx: Context, *, code: str) -> None:
    """Back to the password alone, where HQ does not ask more of everybody."""
    if required(ctx):
        raise Conflict("access.factor_required")
    user = _proved(ctx, ctx.actor.staff, code)
    with ctx.app.change(ctx) as change:
        factors.remove_factor(change.connection, user.id)
        change.audit("access.factor_off", f"user:{user.login}")


def reset(ctx: Context, user_id: str) -> None:
    """Somebody lost phone and paper: take their factor away and end their sessions."""
    require(ctx, "access.change")
    require_chain(ctx)
    with ctx.app.change(ctx) as change:
        user = existing(change.connection, user_id)
        if not factors.remove_factor(change.connection, user_id):
            raise Conflict("access.factor_is_off")
        repository.end_sessions_of(change.connection, user_id)
        change.audit("access.factor_reset", f"user:{user.login}")


# -- at the sign-in ------------------------------------------------------------------------------------------


def owing(ctx: Context, token: str) -> User | None:
    """Whose code this browser still owes; a password is good for five minutes."""
    with ctx.app.db.read() as connection:
        found = repository.session(connection, token_digest(token))
        if found is None or not found.owes_code:
            return None
        if abs(ctx.clock.now_ms() - found.created_at) > OWED_MS_MAX:
            return None  # old, or of a clock that was wrong
        user = repository.user(connection, found.user_id)
    return user if user is not None and user.active else None


def give_code(ctx: Context, *, token: str, code: str) -> SignedIn:
    """Finish signing in; raises `NotPermitted`: `access.sign_in_again`, `access.code_wrong`, `access.code_wait`."""
    user = owing(ctx, token)
    if user is None:
        raise NotPermitted("access.sign_in_again")
    _proved(ctx.acting_as(as_named(user)), user.id, code)
    fresh = random_token()
    with ctx.app.change(ctx.acting_as(as_named(user))) as change:
        repository.hold_user(change.connection, user.id)
        if not repository.end_session(change.connection, token_digest(token)):
            raise NotPermitted("access.sign_in_again")  # it was ended while the code was looked at
        repository.insert_session(change.connection, token_digest(fresh), user.id, change.now_ms, ctx.device)
        repository.update_user(change.connection, user.id, signed_in_at=change.now_ms)
        change.audit("access.signed_in", f"user:{user.login}", second_factor=True)
    return SignedIn(fresh, user, owes_code=False)


def _proved(ctx: Context, user_id: str, typed: str) -> User:
    """Use up a code of the phone or of the paper, or count the failure and say what is wrong."""
    code = one_time.plain(typed)
    with ctx.app.change(ctx) as change:
        user = existing(change.connection, user_id)
        factor = factors.lock_factor(change.connection, user_id)
        if factor is None or factor.confirmed_at is None:
            raise Conflict("access.factor_is_off")
        minutes = _minutes_to_wait(factor, change.now_ms)
        right = not minutes and _used_up(ctx, change.connection, factor, code, change.now_ms)
        if not right and not minutes:
            factors.count_failure(change.connection, user_id, change.now_ms)
            change.audit("access.code_refused", f"user:{user.login}")
    if minutes:
        raise NotPermitted("access.code_wait", n=minutes)
    if not right:
        raise NotPermitted("access.code_wrong")
    return user


def _used_up(ctx: Context, connection: Connection, factor: Row, code: str, now_ms: int) -> bool:
    step = one_time.step_of(_secret(ctx, factor), code, now_ms)
    if step is not None:
        return factors.use_step(connection, factor.user_id, step)
    return factors.use_recovery_code(connection, factor.user_id, code, now_ms)


def _minutes_to_wait(factor: Row, now_ms: int) -> int:
    """Whole minutes until the next try is heard; a clock that was set back never makes it longer than the wait."""
    beyond = factor.failures - FREE_FAILURES
    if beyond < 0:
        return 0
    wait_ms = min(1 << min(beyond, 10), WAIT_MINUTES_MAX) * 60_000
    left = min(factor.failed_at + wait_ms - now_ms, wait_ms)
    return max(0, -(-left // 60_000))
