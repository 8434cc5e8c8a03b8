"""Headquarters: the back office, the place where all logs meet and where reference rows are published."""
