"""Who may do this, and in which stores: the checks of actions, on a plain Context, without a request.

The guard of the pages (`hq.access.guard`) has asked before; actions ask again, so that a job, an import or a
command meets the same rules. A person of some stores sees what belongs to them: the chain, the price zones of
their stores, their stores.
"""

from __future__ import annotations

from kit.context import Context
from retail.errors import NotPermitted


def require(context: Context, permission: str) -> None:
    """Actions check again what the guard of the page has checked: default deny."""
    if not context.actor.may(permission):
        raise NotPermitted("access.not_permitted", permission=permission)


def sees(context: Context, store: str) -> bool:
    """Does this person cover the store?"""
    return context.actor.stores is None or store in context.actor.stores


def require_store(context: Context, store: str) -> None:
    """This person's stores include this one."""
    if not sees(context, store):
        raise NotPermitted("access.store_not_permitted", store=store)


def require_chain(context: Context) -> None:
    """What touches the whole chain needs a person who may see all of it."""
    if context.actor.stores is not None:
        raise NotPermitted("access.chain_not_permitted")
