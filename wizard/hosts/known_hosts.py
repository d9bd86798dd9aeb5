"""The file of known host keys: parsed once, read again when it has changed, never empty by mistake."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import asyncssh


@dataclass(frozen=True, slots=True)
class Recorded:
    """A key on record for a host: the 1-based line that holds it, its kind and its fingerprint."""

    line: int
    kind: str
    fingerprint: str


class KnownHosts:
    """One known_hosts file; a missing file knows nobody."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser()
        self._stamp: tuple[int, int, int] | None = None
        self._lines: list[tuple[int, str]] = []
        self._parsed = asyncssh.SSHKnownHosts()

    async def current(self) -> asyncssh.SSHKnownHosts:
        """Return the parsed file; OSError when it is there but can't be read."""
        await asyncio.to_thread(self.refresh)
        return self._parsed

    def recorded(self, host: str, address: str, port: int) -> tuple[Recorded, ...]:
        """Return the keys on record for a host, as far as the file was read."""
        wanted = set(self.keys(host, address, port))
        found = []
        for number, line in self._lines:
            alone = asyncssh.import_known_hosts(line).match(host, address, _port(port))[0]
            found += [_record(number, key) for key in alone if key in wanted]
        return tuple(found)

    def keys(self, host: str, address: str, port: int) -> list[asyncssh.SSHKey]:
        """Return the plain keys that would be accepted for a host."""
        return list(self._parsed.match(host, address, _port(port))[0])

    def authorities(self, host: str, address: str, port: int) -> list[asyncssh.SSHKey]:
        """Return the keys whose host certificates would be accepted (`@cert-authority`)."""
        return list(self._parsed.match(host, address, _port(port))[1])

    def revoked(self, host: str, address: str, port: int) -> list[asyncssh.SSHKey]:
        """Return the keys that are never accepted for a host (`@revoked`)."""
        return list(self._parsed.match(host, address, _port(port))[2])

    def refresh(self) -> None:
        """Read the file again if it has changed; blocks, and raises OSError when it can't be read."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._lines, self._parsed = None, [], asyncssh.SSHKnownHosts()
            return
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        if stamp != self._stamp:
            self._parse(self.path.read_bytes().decode("utf-8", "replace"))
            self._stamp = stamp

    def _parse(self, text: str) -> None:
        lines, parsed = [], asyncssh.SSHKnownHosts()
        for number, line in enumerate(text.split("\n"), 1):
            try:
                parsed.load(line)
            except ValueError:
                # ssh skips what it can't read too; one bad line must not hide the others.
                continue
            lines.append((number, line))
        self._lines, self._parsed = lines, parsed


def _port(port: int) -> int | None:
    # OpenSSH writes the port only when it is not the usual one.
    return port if port != 22 else None


def _record(number: int, key: asyncssh.SSHKey) -> Recorded:
    return Recorded(number, kind_of(key), key.get_fingerprint())


def kind_of(key: asyncssh.SSHKey) -> str:
    """Return a key's algorithm as known_hosts writes it, such as ssh-ed25519."""
    return key.get_algorithm()
