"""The shapes: events, reference rows, wire messages, configuration and SQL. No behaviour beyond encoding."""
