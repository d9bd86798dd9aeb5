"""Who signed a file: publishers sign by OpenPGP, gpgv proves it. Source: gpgv(1); doc/DETAILS of GnuPG."""

import base64
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wizard.errors import Refused, WizardError

VERIFY_S = 60
_ARMOR = re.compile(rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(.*?)-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)


def signed_text(signed: Path, keyrings: Sequence[Path], *, name: str, expired: bool = False) -> tuple[str, str]:
    """Return the text of a clear-signed file that one of the keys signed, and that key's fingerprint.

    With `expired`, a key that has expired since counts too: releases outlive the keys that signed them. Raises Refused,
    WizardError without gpgv; `name` is the file's name to people.
    """
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text"
        whose = _prove(["--output", str(text), str(signed)], keyrings, Path(folder), name=name, expired=expired)
        return text.read_text(encoding="utf-8", errors="replace"), whose


def prove_detached(data: Path, signature: Path, keyrings: Sequence[Path], *, name: str, expired: bool = False) -> str:
    """Prove that one of the keys made the signature of a file; return its fingerprint. Raises as `signed_text`.

    Fingerprints are those of primary keys.
    """
    with tempfile.TemporaryDirectory() as folder:
        return _prove([str(signature), str(data)], keyrings, Path(folder), name=name, expired=expired)


def _prove(words: Sequence[str], keyrings: Sequence[Path], folder: Path, *, name: str, expired: bool) -> str:
    command = ["gpgv", "--homedir", str(folder), "--status-fd", "1"]
    command += [word for path in _binary(keyrings, folder) for word in ("--keyring", str(path))]
    try:
        done = subprocess.run([*command, *words], capture_output=True, timeout=VERIFY_S, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        hint = "Install the package gpgv (gnupg2 where there is none), or bring packages by --from-dir."
        raise WizardError(f"{name}: gpgv can't prove its signature: {error}", hint=hint) from None
    said = [line.split() for line in done.stdout.decode(errors="replace").splitlines()]
    verdicts = {words[1] for words in said if len(words) > 1}
    good = {"GOODSIG", "EXPKEYSIG"} if expired else {"GOODSIG"}
    if not verdicts & good or "BADSIG" in verdicts:
        raise _refused(name, verdicts, [words[2] for words in said if words[1:2] == ["NO_PUBKEY"]])
    return next((words[-1] for words in said if words[1:2] == ["VALIDSIG"]), "")


def _binary(keyrings: Sequence[Path], folder: Path) -> list[Path]:
    """Return the keyrings as gpgv reads them: RPM's publishers hand keys out as text, which it does not."""
    found: list[Path] = []
    for rank, path in enumerate(keyrings):
        keys = _ARMOR.findall(path.read_bytes()) if path.is_file() else []
        if not keys:
            found.append(path.resolve())
            continue
        plain = folder / f"keyring-{rank}.gpg"
        plain.write_bytes(b"".join(map(_unarmored, keys)))
        found.append(plain)
    return found


def _unarmored(armored: bytes) -> bytes:
    """Return what one block of armor holds: headers end at the first empty line, a checksum is the last one."""
    _, _, body = armored.replace(b"\r", b"").rpartition(b"\n\n")
    lines = [line for line in body.splitlines() if line and not line.startswith(b"=")]
    return base64.b64decode(b"".join(lines))


def _refused(name: str, verdicts: set[str], unknown: Sequence[str]) -> Refused:
    if "BADSIG" in verdicts:
        return Refused(f"{name}: its signature is wrong", hint="The file was changed on its way: use another mirror.")
    why = f"key {unknown[0]} is in no keyring" if unknown else "no key that is known here signed it"
    hint = "Give its publisher's keyring by --keyring FILE: debian-archive-keyring, RPM-GPG-KEY-Rocky-9 and their like."
    return Refused(f"{name}: {why}", hint=hint)
