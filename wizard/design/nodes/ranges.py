"""Ranges of addresses and names: `10.0.0.[11-20]`, `10.0.0.11-20`, `node[01:10]`, `10.0.0.0/28`."""

import ipaddress
import re
from itertools import product

from wizard.design.nodes.fault import NotUnderstood
from wizard.spec.address import Ip, Network, as_ip
from wizard.spec.problem import quoted

AT_MOST = 1024
"""Nodes in one range: more are rather a slip of the hand than a wish."""

_BRACKETS = re.compile(r"\[([0-9A-Za-z,:-]{1,200})\]|\{([0-9A-Za-z,.]{1,200})\}")
_NUMBERS = re.compile(r"([0-9]{1,6})(?:(?:-|:|\.\.)([0-9]{1,6})(?::([0-9]{1,6}))?)?")
_LETTERS = re.compile(r"([a-z])(?:-|:|\.\.)([a-z])|([A-Z])(?:-|:|\.\.)([A-Z])")
_MASKED = re.compile(r"(?:[0-9.]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)/.*", re.DOTALL)
_LAST_PART = re.compile(r"([0-9.]+\.)([0-9]{1,3})-([0-9]{1,3})")


def spread(text: str) -> tuple[str, ...]:
    """Return the texts that the brackets in `text` stand for, in order; the text alone when it holds no range.

    Raises NotUnderstood for a range that runs backwards or holds more than AT_MOST.
    """
    pieces: list[list[str]] = []
    end = total = 0
    for found in _BRACKETS.finditer(text):
        choices = _choices(found[1] or found[2] or "", text)
        if choices is None:
            continue
        pieces += [[text[end : found.start()]], choices]
        end = found.end()
        total = (total or 1) * len(choices)
        _allow(total, text)
    return tuple("".join(parts) for parts in product(*pieces, [text[end:]]))


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses that a network, or a range without brackets, stands for; else the text alone.

    An address with a prefix, as `ip addr` shows it, is that address. Raises NotUnderstood as `spread` does.
    """
    if _MASKED.fullmatch(text):
        return _network(text)
    if found := _LAST_PART.fullmatch(text):
        front, first, last = found.groups()
        return tuple(front + number for number in _numbers(first, last, "1", text))
    first, dash, last = text.partition("-")
    low, high = as_ip(first), as_ip(last)
    return _between(low, high, text) if dash and low and high else (text,)


def _choices(inside: str, text: str) -> list[str] | None:
    """Return what stands between brackets, one by one; None where that is no range, such as an IPv6 address."""
    found: list[str] = []
    for part in inside.split(","):
        if numbers := _NUMBERS.fullmatch(part):
            first, last, step = numbers.groups()
            found += _numbers(first, last or first, step or "1", text)
        elif letters := _LETTERS.fullmatch(part):
            low, high = (one for one in letters.groups() if one)
            found += [chr(code) for code in range(ord(low), ord(high) + 1)] or _backwards(text)
        else:
            return None
        _allow(len(found), text)
    return found


def _numbers(first: str, last: str, step: str, text: str) -> list[str]:
    low, high = int(first), int(last)
    if high < low or int(step) == 0:
        _backwards(text)
    _allow((high - low) // int(step) + 1, text)
    width = len(first) if first.startswith("0") else 0
    return [f"{number:0{width}}" for number in range(low, high + 1, int(step))]


def _between(low: Ip, high: Ip, text: str) -> tuple[str, ...]:
    if low.version != high.version:
        raise NotUnderstood(f"{quoted(text)} goes from one address family to the other", "both ends IPv4, or both IPv6")
    if int(high) < int(low):
        _backwards(text)
    _allow(int(high) - int(low) + 1, text)
    return tuple(str(low + step) for step in range(int(high) - int(low) + 1))


def _network(text: str) -> tuple[str, ...]:
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        raise NotUnderstood(f"{quoted(text)} is not a network", "a CIDR such as 10.0.0.0/28") from None
    if interface.ip != interface.network.network_address:
        return (str(interface.ip),)
    _allow(_usable(interface.network), text)
    return tuple(str(host) for host in interface.network.hosts())


def _usable(network: Network) -> int:
    whole = network.num_addresses
    return whole if whole <= 2 else whole - (2 if network.version == 4 else 1)


def _allow(count: int, text: str) -> None:
    if count > AT_MOST:
        raise NotUnderstood(
            f"{quoted(text)} stands for {_count(count)} nodes", f"at most {AT_MOST} in one range or network"
        )


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**9 else "more than a billion"


def _backwards(text: str) -> list[str]:
    raise NotUnderstood(f"{quoted(text)} runs backwards", "the smaller end first")
