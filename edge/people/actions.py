"""Sign in, set a PIN, approve, lock: every way in which a person proves who they are."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import lru_cache
from typing import Any

from edge.people import repository
from edge.people.model import DEFAULT_ROLES, Approval, Role, check_new_pin
from edge.people.throttle import Throttle
from edge.reference.cache import Reference
from kit.context import Actor, Context
from kit.crypto import Wrapper, hash_secret, random_token, secret_matches
from retail.errors import Invalid, NotPermitted
from schemas.rows.stores import StaffRow

_PROOF = threading.Lock()  # one PIN at a time: parallel guesses count one after the other


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Compared when nobody has the number, so that both answers cost the same work (FAULTS SC-38)."""
    return hash_secret(random_token())


class People:
    """The staff of one node. `wrapper` binds verifiers to this device: a copied database opens nobody's till."""

    def __init__(self, reference: Reference, throttle: Throttle, wrapper: Wrapper) -> None:
        self.reference = reference
        self.throttle = throttle
        self._wrapper = wrapper

    def role_of(self, staff: StaffRow) -> Role:
        """The role as HQ defines it, else the built-in one; an unknown role may do nothing."""
        row = self.reference.settings.roles.get(staff.role)
        if row is not None:
            return Role(row.role, frozenset(row.allowed), frozenset(row.approval), row.discount_limit_ppm)
        return DEFAULT_ROLES.get(staff.role, Role(staff.role, frozenset(), frozenset(), 0))

    def actor(self, number: str) -> Actor | None:
        """The person as an actor, or None when unknown or dismissed."""
        staff = self.reference.settings.staff.get(number)
        if staff is None or not staff.active:
            return None
        role = self.role_of(staff)
        return Actor(number, staff.name, staff.role, role.allowed, staff.language)

    def name(self, number: str) -> str:
        """What the person is called, dismissed or not; the number of one that HQ has forgotten."""
        staff = self.reference.settings.staff.get(number)
        return staff.name if staff else number

    # -- proof -----------------------------------------------------------------------------------------

    def prove(self, ctx: Context, number: str, pin: str) -> Actor:
        """Check a PIN. Raises `LimitExceeded("people.wait")`, `NotPermitted("people.pin_not_set" | "people.wrong")`."""
        person, device = f"staff:{number}", f"device:{ctx.device}"
        with _PROOF:
            self.throttle.check(ctx, person, device)
            actor = self.actor(number)
            staff = self.reference.settings.staff.get(number)
            row = repository.credential(ctx.app.db, number)
            if (
                actor is not None
                and staff is not None
                and (row is None or row["generation"] < staff.generation)
            ):
                raise NotPermitted("people.pin_not_set", staff=number)
            verifier = self._wrapper.unwrap(row["verifier"], person) if row is not None else None
            right = secret_matches(pin, verifier or _nobody())
            if actor is None or verifier is None or not right:
                self.throttle.failed(ctx, person, device)
                raise NotPermitted("people.wrong")
            self.throttle.succeeded(person, device)
            return actor

    def set_pin(self, ctx: Context, number: str, initial: str, new_pin: str) -> Actor:
        """First sign-in: the initial code from HQ makes way for a PIN that only this node can check."""
        person, device = f"staff:{number}", f"device:{ctx.device}"
        check_new_pin(new_pin)
        with _PROOF:
            self.throttle.check(ctx, person, device)
            actor = self.actor(number)
            staff = self.reference.settings.staff.get(number)
            row = repository.credential(ctx.app.db, number)
            used = staff is not None and row is not None and row["generation"] >= staff.generation
            if actor is None or staff is None or used or not secret_matches(initial, staff.initial):
                self.throttle.failed(ctx, person, device)
                raise NotPermitted("people.wrong")
            if initial == new_pin:
                raise Invalid("people.pin_is_initial")
            blob = self._wrapper.wrap(hash_secret(new_pin), person)
            with ctx.app.journal.changing(replace(ctx, actor=actor)) as draft:
                repository.save_credential(draft.tx, number, staff.generation, blob, draft.at)
                draft.audit("people.pin_set", person)
            self.throttle.succeeded(person, device)
            return actor

    # -- rights ----------------------------------------------------------------------------------------

    def need(self, ctx: Context, permission: str, approval: Approval | None = None) -> Context:
        """The context that may do it: the actor's own right, or with an approver who proved their PIN now.

        Raises `NotPermitted("people.approval_needed")` when a second person may help, else "people.not_permitted".
        """
        if approval is not None:  # one that was given is proved and recorded, needed or not
            return self.approved(ctx, permission, approval)
        if ctx.actor.may(permission):
            return ctx
        staff = self.reference.settings.staff.get(ctx.actor.staff)
        helpful = staff is not None and permission in self.role_of(staff).approval
        code = "people.approval_needed" if helpful else "people.not_permitted"
        raise NotPermitted(code, permission=permission)

    def approved(self, ctx: Context, permission: str, approval: Approval) -> Context:
        """The same request, approved by someone who holds the right and typed the PIN on the spot."""
        approver = self.prove(ctx, approval.staff, approval.pin)
        if not approver.may(permission):
            raise NotPermitted("people.approver_not_permitted", permission=permission, staff=approval.staff)
        return replace(ctx, approved_by=approver)

    def approvals(self, actor: Actor) -> frozenset[str]:
        """What this person may do with somebody's approval."""
        staff = self.reference.settings.staff.get(actor.staff)
        return self.role_of(staff).approval if staff else frozenset()

    def discount_limit(self, actor: Actor) -> int:
        """Parts per million that this person may take off."""
        staff = self.reference.settings.staff.get(actor.staff)
        return self.role_of(staff).discount_limit_ppm if staff else 0


def sign_in(ctx: Context, number: str, pin: str) -> Actor:
    """Put a person at the terminal of `ctx.device`; the basket there stays."""
    actor: Actor = ctx.app.people.prove(ctx, number, pin)
    return _put(ctx, actor, "people.signed_in")


def first_sign_in(ctx: Context, number: str, initial: str, new_pin: str) -> Actor:
    """Set the PIN and sign in."""
    actor: Actor = ctx.app.people.set_pin(ctx, number, initial, new_pin)
    return _put(ctx, actor, "people.signed_in")


def _put(ctx: Context, actor: Actor, verb: str) -> Actor:
    with ctx.app.journal.changing(replace(ctx, actor=actor)) as draft:
        repository.save_sign_in(draft.tx, ctx.device, actor.staff, actor.language, draft.at)
        draft.audit(verb, f"staff:{actor.staff}")
    return actor


def lock(ctx: Context, verb: str = "people.locked") -> None:
    """Lock the terminal; the next PIN (of anyone who may sell) opens it with the basket as it was."""
    row = repository.sign_in_of(ctx.app.db, ctx.device)
    if row is None or row["locked"]:
        return
    actor = ctx.app.people.actor(row["staff"]) or ctx.actor
    with ctx.app.journal.changing(replace(ctx, actor=actor)) as draft:
        repository.set_locked(draft.tx, ctx.device, draft.at)
        draft.audit(verb, f"staff:{row['staff']}")


def lock_idle(node: Any) -> None:
    """Lock every terminal that nobody has touched for the chain's auto-lock time; a restart unlocks none."""
    for terminal in repository.unlocked_terminals(node.db):
        if node.idle_too_long(terminal):
            lock(node.context(device=terminal), "people.locked_idle")


def choose_language(ctx: Context, language: str) -> None:
    """The language of this person at this terminal."""
    with ctx.app.journal.changing(ctx) as draft:
        repository.set_language(draft.tx, ctx.device, language)
