"""The replicated logs: an up log per incarnation, versioned scopes down (README.md tells it in prose).

The machines here are pure: events in, commands out. `transport` and `runner` are the thin shell around them.
"""
