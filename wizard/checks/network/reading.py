"""Reads what the scripts of the network proof print, whatever a node makes of it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from wizard.checks.network.port import Protocol

_LABEL = re.compile(r"[0-9]{1,5}/(?:tcp|udp)")
_NUMBER = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")

Kind = Literal["tcp", "knock", "udp", "way", "bulk"]
Key = tuple[str, int, Protocol]
"""Target, port (0 for a way) and protocol: one question of a node."""
_KINDS: dict[str, Kind] = {"tcp": "tcp", "knock": "knock", "udp": "udp", "way": "way", "bulk": "bulk"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of nftables that drops or rejects, or a chain whose policy does (`policy`)."""

    family: str
    table: str
    chain: str
    hook: str
    """Where packets meet it: input, output, ingress, …; - in a chain that others jump to."""
    handle: str
    text: str

    @property
    def policy(self) -> bool:
        """True for a chain that drops what no rule lets through."""
        return self.handle == "policy"

    @property
    def place(self) -> str:
        """Its chain as nft is told of it."""
        return f"{self.family} {self.table} {self.chain}"


@dataclass(frozen=True, slots=True)
class Opened:
    """What net_open did on a node."""

    program: str = "none"
    everywhere: bool = False
    """Whether it listens on all addresses: the one it is asked at is not on the node (NAT, or a name)."""
    listens: frozenset[str] = frozenset()
    """Ports, each as 6443/tcp."""
    busy: dict[str, str] = field(default_factory=dict)
    """Ports in use, and by whom: a process, `kernel`, or - where that is not known."""
    firewall: str = ""
    """firewalld, ufw, nft or iptables; "" when there is none."""
    rules: tuple[Rule, ...] = ()

    @property
    def door(self) -> int:
        """A TCP port that swallows what it is sent; 0 when there is none."""
        ports = (label.partition("/") for label in sorted(self.listens))
        return next((int(port) for port, _, protocol in ports if protocol == "tcp"), 0)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one question brought: how the program that asked ended, and its words."""

    kind: Kind
    target: str
    port: int
    """0 for a way."""
    status: int
    text: str

    @property
    def protocol(self) -> Protocol:
        """The protocol that it was asked by."""
        return protocol_of(self.kind)

    @property
    def key(self) -> Key:
        """What its question is known by."""
        return self.target, self.port, self.protocol

    def number(self, key: str) -> float | None:
        """Return the value of `key=` in the text as a number; None when it is none."""
        for word in self.text.split():
            name, equals, value = word.partition("=")
            if equals and name == key and _DECIMAL.fullmatch(value):
                return float(value)
        return None


@dataclass(frozen=True, slots=True)
class Closed:
    """What net_close found on a node."""

    alive: bool = False
    """Whether the listeners were there to the end: what was heard of none can't be held against the network."""
    datagrams: dict[tuple[str, int], int] = field(default_factory=dict)
    """(source, port) → how many came in."""


def read_opened(lines: Iterable[str]) -> Opened:
    """Return what net_open printed; takes any text and never raises."""
    keys: dict[str, str] = {}
    listens: set[str] = set()
    busy: dict[str, str] = {}
    rules: list[Rule] = []
    for line in lines:
        key, _, value = line.partition("=")
        match key:
            case "listens" if _LABEL.fullmatch(value):
                listens.add(value)
            case "busy":
                label, _, owner = value.partition(" ")
                if _LABEL.fullmatch(label):
                    busy[label] = owner.strip() or "-"
            case "rule" if len(words := value.split(" ", 5)) == 6:
                rules.append(Rule(*words))
            case _:
                keys.setdefault(key, value.strip())
    return Opened(
        program=keys.get("program", "none"),
        everywhere=keys.get("address") == "*",
        listens=frozenset(listens),
        busy=busy,
        firewall=keys.get("firewall", ""),
        rules=tuple(rules),
    )


def read_asked(lines: Iterable[str]) -> Iterator[Heard]:
    """Yield what net_ask printed; lines that are nothing of the kind are left out."""
    for line in lines:
        words = line.split(" ", 4)
        if len(words) < 4 or words[0] not in _KINDS or not _NUMBER.fullmatch(words[3]):
            continue
        port = int(words[2]) if _NUMBER.fullmatch(words[2]) else 0
        yield Heard(_KINDS[words[0]], words[1], port, int(words[3]), words[4].strip() if len(words) > 4 else "")


def read_closed(lines: Iterable[str]) -> Closed:
    """Return what net_close printed; takes any text and never raises."""
    found: dict[tuple[str, int], int] = {}
    alive = False
    for line in lines:
        key, _, value = line.partition("=")
        words = value.split(" ")
        alive = alive or line == "listener=active"
        if key == "heard" and len(words) == 3 and all(map(_NUMBER.fullmatch, words[1:])):
            found[words[0], int(words[1])] = int(words[2])
    return Closed(alive, found)


def protocol_of(kind: Kind) -> Protocol:
    """Return the protocol of a kind of question."""
    return "udp" if kind == "udp" else "tcp"


def holder(owner: str) -> str:
    """Return who holds a port, in words."""
    return {"-": "a program that was not told of", "kernel": "the kernel (VXLAN, WireGuard)"}.get(owner, owner)
