"""A repository of Debian packages made up for tests, signed by a key of its own."""

import gzip
import hashlib
import lzma
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.unit.bundle.web import Answer, Asked

ESSENTIAL = "Essential: yes\nPriority: required"
PACKAGES = {
    "apt": "",
    "systemd-sysv": "",
    "libc6": "Priority: required",
    "dpkg": ESSENTIAL,
    "haproxy": "Pre-Depends: dpkg (>= 1.17.14)\nDepends: libc6 (>= 2.36), liblua5.3-0 | liblua5.4-0, adduser, mta",
    "liblua5.3-0": "Depends: libc6",
    "adduser": "Priority: required",
    "nullmailer": "Provides: mta (= 1)",
    "postfix": "Provides: mta",
    "socat": "Depends: libwrap0:any (>= 1)",
    "libwrap0": "",
    "bystander": "",
}


@dataclass
class Publisher:
    """Signs with a key in `home`, whose public part is `keyring`."""

    home: Path
    stanzas: dict[str, str] = field(default_factory=lambda: dict(PACKAGES))
    debs: dict[str, bytes] = field(default_factory=dict)
    codename: str = ""
    valid_for: timedelta = timedelta(days=7)

    @classmethod
    def new(cls, home: Path) -> "Publisher":
        home.mkdir(mode=0o700)
        made = cls(home)
        made.gpg("--passphrase", "", "--quick-gen-key", "archive@example.test", "ed25519", "sign", "never")
        made.keyring.write_bytes(made.gpg("--export"))
        return made

    @property
    def keyring(self) -> Path:
        return self.home / "archive.gpg"

    def gpg(self, *words: str, given: bytes = b"") -> bytes:
        """Run gpg with the key's home; return what it wrote."""
        command = ("gpg", "--homedir", str(self.home), "--batch", "--quiet", "--pinentry-mode", "loopback", *words)
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    def close(self) -> None:
        subprocess.run(("gpgconf", "--homedir", str(self.home), "--kill", "gpg-agent"), check=False)

    def deb(self, name: str) -> bytes:
        """Return a package's file, or what stands for it."""
        return self.debs.get(name) or f"the package {name}".encode() * 20

    def index(self, *, empty: bool = False) -> bytes:
        """Return `Packages`."""
        return "".join("" if empty else self._stanza(name, more) for name, more in self.stanzas.items()).encode()

    def _stanza(self, name: str, more: str) -> str:
        data = self.deb(name)
        lines = (f"Package: {name}", "Version: 2.36-1", "Architecture: amd64", *([more] if more else ()))
        where = f"Filename: pool/{name}_2.36-1_amd64.deb\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}"
        return "\n".join((*lines, "Description: a package", " of many words", where, "", ""))

    def release(self, suite: str, files: dict[str, bytes]) -> bytes:
        """Return a signed InRelease."""
        until = format_datetime(datetime.now(UTC) + self.valid_for, usegmt=True)
        listed = [f" {hashlib.sha256(data).hexdigest()} {len(data)} {path}" for path, data in files.items()]
        head = (f"Codename: {self.codename or suite}", f"Valid-Until: {until}", "Acquire-By-Hash: yes", "SHA256:")
        return self.gpg("--clearsign", given="\n".join((*head, *listed, "")).encode())

    def answers(self) -> Callable[[Asked], Answer]:
        """Answer for each suite of /debian and /debian-security; all packages are in the first."""
        files: dict[str, bytes] = {f"/debian/pool/{name}_2.36-1_amd64.deb": self.deb(name) for name in self.stanzas}
        for root, suite in (
            ("/debian", "bookworm"),
            ("/debian", "bookworm-updates"),
            ("/debian-security", "bookworm-security"),
        ):
            index = self.index(empty=suite != "bookworm")
            packed = gzip.compress(index, mtime=0) if "security" in suite else lzma.compress(index)
            name = f"main/binary-amd64/Packages{'.gz' if 'security' in suite else '.xz'}"
            files[f"{root}/dists/{suite}/InRelease"] = self.release(suite, {name: packed})
            digest = hashlib.sha256(packed).hexdigest()
            files[f"{root}/dists/{suite}/main/binary-amd64/by-hash/SHA256/{digest}"] = packed
        return lambda asked: Answer(200, files[asked.path]) if asked.path in files else Answer(404)
