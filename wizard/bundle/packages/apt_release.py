"""A repository's signed table of contents (`InRelease`): proven by its publisher's keys before anything counts.

Source: repository format of wiki.debian.org/DebianRepository/Format; gpgv(1); doc/DETAILS of GnuPG.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from wizard.errors import Refused, WizardError

VERIFY_S = 60


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that the table lists: its size in bytes and sha256."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AptRelease:
    """What a repository says of itself; `by_hash` where its files lie under their digests too."""

    names: frozenset[str]
    valid_until: datetime | None
    by_hash: bool
    files: dict[str, Listed]


def proven(signed: Path, keyrings: Sequence[Path], *, name: str) -> str:
    """Return the text of an InRelease that one of the keys signed. Raises Refused, WizardError without gpgv."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "Release"
        words = ["gpgv", "--homedir", folder, "--status-fd", "1", "--output", str(text)]
        words += [word for path in keyrings for word in ("--keyring", str(path.resolve()))]
        try:
            done = subprocess.run([*words, str(signed)], capture_output=True, timeout=VERIFY_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            hint = "Install the package gpgv (gnupg2 where there is none), or bring packages by --from-dir."
            raise WizardError(f"{name}: gpgv can't prove its signature: {error}", hint=hint) from None
        said = [line.split() for line in done.stdout.decode(errors="replace").splitlines()]
        verdicts = {words[1] for words in said if len(words) > 1}
        if "GOODSIG" not in verdicts or "BADSIG" in verdicts:
            raise _refused(name, verdicts, [words[2] for words in said if words[1:2] == ["NO_PUBKEY"]])
        return text.read_text(encoding="utf-8", errors="replace")


def read_release(text: str, *, suite: str, name: str, now: datetime | None = None) -> AptRelease:
    """Read a proven table. Raises Refused for that of another suite, or one that has run out."""
    fields, files = _fields(text)
    until = parsedate_to_datetime(fields["Valid-Until"]) if "Valid-Until" in fields else None
    found = AptRelease(
        names=frozenset((fields.get("Suite", ""), fields.get("Codename", ""))),
        valid_until=until,
        by_hash=fields.get("Acquire-By-Hash") == "yes",
        files={each.path: each for each in files},
    )
    if suite not in found.names:
        there = ", ".join(sorted(filter(None, found.names))) or "nothing"
        raise Refused(f"{name}: it is of {there}, not of {suite}", hint="See --mirror: it leads to another place.")
    if until and until < (now or datetime.now(UTC)):
        what = f"{name}: it ran out on {until:%Y-%m-%d}"
        raise Refused(what, hint="The mirror is behind, or this machine's clock is wrong: use another mirror.")
    return found


def _fields(text: str) -> tuple[dict[str, str], list[Listed]]:
    fields: dict[str, str] = {}
    files: list[Listed] = []
    field = ""
    for line in text.splitlines():
        words = line.split()
        if not line.startswith(" "):
            field, _, value = line.partition(":")
            fields[field] = value.strip()
        elif field == "SHA256" and len(words) == 3 and words[1].isdecimal():
            files.append(Listed(words[2], int(words[1]), words[0]))
    return fields, files


def _refused(name: str, verdicts: set[str], unknown: Sequence[str]) -> Refused:
    if "BADSIG" in verdicts:
        return Refused(f"{name}: its signature is wrong", hint="The file was changed on its way: use another mirror.")
    why = f"key {unknown[0]} is in no keyring" if unknown else "no key that is known here signed it"
    hint = "Give its publisher's keyring (debian-archive-keyring, ubuntu-keyring) by --keyring FILE."
    return Refused(f"{name}: {why}", hint=hint)
