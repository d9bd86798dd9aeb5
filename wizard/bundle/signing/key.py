"""Keys that bundles are signed by: OpenSSH's Ed25519 key files, as `ssh-keygen` makes and reads them."""

import base64
import hashlib
import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wizard.errors import BadUsage, WizardError
from wizard.files import write_private
from wizard.plain import plain
from wizard.secret import Secret

_SIZE_LIMIT = 64 << 10


def packed(data: bytes) -> bytes:
    """Return bytes with their length before them, as SSH writes strings."""
    return len(data).to_bytes(4, "big") + data


def blob_of(key: Ed25519PublicKey) -> bytes:
    """Return a public key in SSH's own encoding."""
    return packed(b"ssh-ed25519") + packed(key.public_bytes_raw())


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return what `ssh-keygen -l` shows of a key: `SHA256:…`."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob_of(key)).digest()).decode().rstrip("=")


def new_key(path: Path, *, passphrase: Secret | None = None, comment: str = "") -> Ed25519PublicKey:
    """Make a key: `path` (0600, locked by the passphrase if there is one) and `path`.pub; return the public one.

    Raises BadUsage where either file exists, for an empty passphrase, which would lock nothing, and for a comment that
    does not fit into the one line of `path`.pub; WizardError where nothing can be written.
    """
    if passphrase is not None and not passphrase.reveal():
        raise BadUsage("the passphrase for the new key is empty", hint="Give one, or make a key that is not locked.")
    if not comment.isprintable():
        raise BadUsage(f"--comment {plain(comment)!r}: not a line of text", hint="Such as ops@example.com.")
    public = path.with_name(f"{path.name}.pub")
    for there in (path, public):
        if os.path.lexists(there):
            raise BadUsage(f"{plain(str(there))} is there already", hint="Give another name: no key is overwritten.")
    key = Ed25519PrivateKey.generate()
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        lock = serialization.BestAvailableEncryption(passphrase.reveal().encode())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, lock)
    try:
        write_private(path, key.private_bytes(*form))
        write_private(public, public_line(key.public_key(), comment).encode(), mode=0o644)
    except OSError as error:
        what = f"{plain(str(path.parent))}: {error.strerror}"
        raise WizardError(what, hint="Give a folder that you may write to.") from None
    return key.public_key()


def public_line(key: Ed25519PublicKey, comment: str) -> str:
    """Return a public key as the line that stands in its file."""
    return f"ssh-ed25519 {base64.b64encode(blob_of(key)).decode()} {comment}".rstrip() + "\n"


def is_locked(path: Path) -> bool:
    """Whether a private key wants a passphrase. Raises WizardError for a file that can't be used."""
    try:
        return serialization.load_ssh_private_key(_private(path), None) is None
    except TypeError:  # how the library says that a passphrase is missing
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False


def private_key(path: Path, *, passphrase: Secret | None = None) -> Ed25519PrivateKey:
    """Return the key in a file. Raises WizardError where others may read it, it is another kind, or stays locked."""
    data = _private(path)
    try:
        key = serialization.load_ssh_private_key(data, passphrase.reveal().encode() if passphrase else None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        hint = "Give an Ed25519 key as `bundle keygen` makes it, and its passphrase by --passphrase-file."
        why = "it is locked" if isinstance(error, TypeError) and not passphrase else "it can't be opened"
        raise WizardError(f"{path}: {why}", hint=hint) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise WizardError(f"{path}: not an Ed25519 key", hint="Make one by `rancher-wizard bundle keygen FILE`.")
    return key


def public_key(path: Path) -> tuple[Ed25519PublicKey, str]:
    """Return a public key and its comment, from `FILE.pub`. Raises WizardError."""
    try:
        line = path.read_bytes()[:_SIZE_LIMIT].strip()
        key = serialization.load_ssh_public_key(line)
    except OSError as error:
        raise WizardError(f"{path}: {error.strerror}", hint="Give the .pub file of the key.") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise WizardError(f"{path}: not an Ed25519 public key", hint="Give the .pub file that `bundle keygen` made.")
    return key, " ".join(line.decode(errors="replace").split()[2:])


def _private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise WizardError(f"{path}: mode {mode:04o} lets others read the key", hint=f"chmod 600 {path}")
            return file.read(_SIZE_LIMIT)
    except OSError as error:
        raise WizardError(f"{path}: {error.strerror}", hint="Give the key that `bundle keygen` made.") from None
