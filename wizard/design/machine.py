"""A machine beside the cluster, as it is written in one word: `lb-1=ops@10.0.0.5:22`, or the address alone."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from wizard.errors import BadAnswer
from wizard.spec.address import split_place
from wizard.spec.field import HostAddress, NodeName, Part, Port, User
from wizard.spec.problem import quoted

ALLOWED = "an address such as 10.0.0.5, or lb-1=ops@10.0.0.5:22 with its name, user and port"
_SSH = ("user", "port")


class _Fields(Part):
    address: HostAddress
    name: NodeName | None = None
    user: User | None = None
    port: Port | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: `name` "" for one that is named by its place, `user` and `port` where they differ from the nodes'."""

    address: str
    name: str = ""
    user: str = ""
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> "Machine":
        """Take one word; return the machine it means. Raises BadAnswer, or ValidationError for what a field refuses."""
        name, equals, place = text.rpartition("=")
        user, host, port = split_place(place)
        whole = host and not place.startswith("@") and not place.endswith((":", "@"))
        if not whole or (equals and not name) or (port and not (port.isascii() and port.isdigit() and len(port) < 6)):
            raise BadAnswer(f"{quoted(text)} is not a machine", ALLOWED)
        said = {"address": host, "name": name, "user": user, "port": int(port) if port else None}
        _adapter().validate_python({key: value for key, value in said.items() if value is not None and value != ""})
        return cls(host, name, user, int(port) if port else None)

    @classmethod
    def of(cls, entry: dict[str, Any], *, usual_name: str) -> "Machine | None":
        """Return the machine that a spec lists, without its inner address; None where a word can't say all of it."""
        ssh = entry.get("ssh") or {}
        if set(entry) - {"name", "address", "internal_address", "ssh"} or set(ssh) - set(_SSH):
            return None
        name = "" if entry["name"] == usual_name else entry["name"]
        return cls(entry["address"], name, ssh.get("user") or "", ssh.get("port"))

    @property
    def text(self) -> str:
        """The word that is read as this very machine."""
        host = f"[{self.address}]" if ":" in self.address and self.port else self.address
        login = f"{self.user}@" if self.user else ""
        return f"{self.name}=" * bool(self.name) + login + host + (f":{self.port}" if self.port else "")

    def entry(self, *, usual_name: str, inner: str = "") -> dict[str, Any]:
        """Return the machine as a spec lists it."""
        ssh = {key: value for key in _SSH if (value := getattr(self, key))}
        found: dict[str, Any] = {"name": self.name or usual_name, "address": self.address}
        if inner and inner != self.address:
            found["internal_address"] = inner
        return {**found, "ssh": ssh} if ssh else found


@cache
def _adapter() -> TypeAdapter[_Fields]:
    return TypeAdapter(_Fields)
