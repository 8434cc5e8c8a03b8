"""ISO 4217 exponents of the currencies a chain may choose, fixed here so that both ends agree (SYNC §14)."""

EXPONENTS: dict[str, int] = {
    "AUD": 2, "CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "IDR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "MOP": 2,
    "MYR": 2, "PHP": 2, "SGD": 2, "THB": 2, "TWD": 2, "USD": 2, "VND": 0,
}  # fmt: skip

SYMBOLS: dict[str, str] = {
    "AUD": "A$", "CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥", "MOP": "MOP$", "SGD": "S$",
    "TWD": "NT$", "USD": "US$",
}  # fmt: skip

DENOMINATIONS: dict[str, tuple[int, ...]] = {
    "HKD": (100000, 50000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10),
    "CNY": (10000, 5000, 2000, 1000, 500, 100, 50, 10),
}


def denominations(currency: str) -> tuple[int, ...]:
    """Notes and coins, greatest first, in minor units."""
    unit = 10 ** EXPONENTS[currency]
    return DENOMINATIONS.get(currency, tuple(n * unit for n in (100, 50, 20, 10, 5, 1)))
