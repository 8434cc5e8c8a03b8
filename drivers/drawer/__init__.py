"""Cash drawers: the promise, and the drawer that hangs on a receipt printer."""
