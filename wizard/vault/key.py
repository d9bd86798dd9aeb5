"""The key that opens a vault: out of a file beside it, or derived from a passphrase."""

import base64
import os
import secrets
import stat
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from wizard.errors import WizardError
from wizard.secret import Secret
from wizard.vault.file import damaged, replace

KEY = "vault.key"
_KEY_BYTES = 32
_SCRYPT = {"n": 2**15, "r": 8, "p": 3}  # 32 MiB, some 0.3 s; OWASP's choice for little memory


def new_header(passphrase: Secret | None) -> dict[str, Any]:
    """Return the header of a file that is to be sealed: by the passphrase, or by a key file where there is none."""
    if passphrase is None:
        return {"version": 1, "by": "key"}
    return {"version": 1, "by": "passphrase", "salt": as_text(secrets.token_bytes(16)), **_SCRYPT}


def header_of(path: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a sealed file without its key.

    Raises WizardError for a damaged one, and for what would make scrypt eat the machine.
    """
    if record.get("version") != 1 or record.get("by") not in ("key", "passphrase"):
        raise damaged(path)
    if record["by"] == "key":
        return {"version": 1, "by": "key"}
    if any(record.get(name) != value for name, value in _SCRYPT.items()) or not isinstance(record.get("salt"), str):
        raise damaged(path)
    return {"version": 1, "by": "passphrase", "salt": record["salt"], **_SCRYPT}


def key_of(sealed: Path, header: dict[str, Any], passphrase: Secret | None, *, make: bool) -> bytes:
    """Return the key that opens `sealed`, whose header is given; a key file is made where `make` says so.

    Raises WizardError for a passphrase that is missing or not asked for, and a key file that is missing, none, or open
    to others; OSError.
    """
    if header["by"] == "key":
        if passphrase is not None:
            raise WizardError(
                f"{sealed}: it is sealed by {KEY}, not by a passphrase", hint="Go on without a passphrase."
            )
        return _key_file(sealed.with_name(KEY), make=make)
    if passphrase is None:
        raise WizardError(f"{sealed}: it is sealed by a passphrase", hint="Give the passphrase it was made with.")
    try:
        salt = base64.b64decode(header["salt"], validate=True)
    except ValueError:
        raise damaged(sealed) from None
    return Scrypt(salt=salt, length=_KEY_BYTES, **_SCRYPT).derive(passphrase.reveal().encode(errors="surrogatepass"))


def _key_file(path: Path, *, make: bool) -> bytes:
    if make and not os.path.lexists(path):
        replace(path, as_text(secrets.token_bytes(_KEY_BYTES)).encode() + b"\n")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        hint = "Put it back from a backup: nothing else opens the sealed secrets."
        raise WizardError(f"{path}: the key of the sealed secrets is missing", hint=hint) from None
    with os.fdopen(descriptor, "rb") as file:
        _refuse_shared(path, os.fstat(file.fileno()))
        data = file.read(256)
    try:
        key = base64.b64decode(data.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise WizardError(f"{path}: not a key", hint="Put it back from a backup.")
    return key


def _refuse_shared(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise WizardError(f"{path}: belongs to user {found.st_uid}", hint=f"chown {os.geteuid()} {path}")
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise WizardError(f"{path}: mode {mode:04o} lets others read the key", hint=f"chmod 600 {path}")


def as_text(data: bytes) -> str:
    """Return bytes as they stand in these files."""
    return base64.b64encode(data).decode()
