"""Amounts as sentences and sums show them."""


def cores(milli: int) -> str:
    """Take millicores; return them as an operator reads them: `250 m`, `4 cores`, `2.5 cores`."""
    if milli < 1000:
        return f"{milli} m"
    return f"{_short(milli / 1000)} core{'s' * (milli != 1000)}"


def memory(mib: int) -> str:
    """Take MiB; return MiB below one GiB, GiB from there on."""
    return f"{mib} MiB" if mib < 1024 else f"{_short(mib / 1024)} GiB"


def count(number: int, what: str) -> str:
    """Take a number and a noun; return both, the noun in its plural where it is due."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def _short(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".") if number < 10 else f"{number:,.1f}".removesuffix(".0")
