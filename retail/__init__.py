"""The rules of the trade: pure functions and values that answer alike in a store, at HQ and in a proof.

Nothing here reads a clock, a file, a database or a device. Money is integer minor units, quantity integer
thousandths, tax rates are parts per million, time is UTC milliseconds; a text in three languages is a dict.
"""
