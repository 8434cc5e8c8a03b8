"""The key of the backups is drawn once; another one only when the first is lost for good."""

from __future__ import annotations

from hq.allowed import require, require_chain
from hq.backups import keys, repository
from hq.backups.actions import PERMISSION
from hq.backups.binding import the_key
from hq.backups.keeping import let_go
from hq.backups.work import workplace
from kit.context import Context
from retail.errors import Conflict


def have_key(ctx: Context, *, new: bool) -> None:
    """Afterwards there is a key; `new` gives up what was made with the one that is lost.

    Raises `NotNow("backups.key_lost")` without `new`, and `Conflict("backups.key_there")` with it when none is lost.
    """
    require(ctx, PERMISSION)
    require_chain(ctx)
    home = ctx.app.home
    with workplace(home):  # nobody makes a backup, and with it a key, meanwhile
        if new:
            if (home / keys.FILE).exists():
                raise Conflict("backups.key_there", path=str(home / keys.FILE))
            let_go(ctx, "why.key_lost")
        key = the_key(ctx.app)
        with ctx.app.db.write() as connection:  # who asks for the key is shown its words
            repository.note_printed(connection, keys.id_of(key))
