"""The main job, shown once on real processes: scan, sell, cut the line, crash, return, reconcile to the cent."""
