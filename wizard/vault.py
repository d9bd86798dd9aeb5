"""The sealed secrets of one cluster: a file that is of no use without its key.

Beside the sealed file lies its key (0600), unless the vault is opened with a passphrase: then the key is derived
from it by scrypt, and lies nowhere.
"""

import base64
import fcntl
import json
import os
import secrets
import stat
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from wizard.errors import WizardError
from wizard.secret import Secret

SEALED = "vault.sealed"
KEY = "vault.key"
LOCK = "vault.lock"
TOKEN_LENGTH = 48
_ALPHABET = string.ascii_letters + string.digits
_KEY_BYTES = 32
_NONCE_BYTES = 12  # what AES-GCM wants; random, so no two writes share one
_SCRYPT = {"n": 2**15, "r": 8, "p": 3}  # 32 MiB, some 0.3 s; OWASP's choice for little memory
_SIZE_LIMIT = 4 * 1024 * 1024


def new_token() -> Secret:
    """Return a random token for a cluster: TOKEN_LENGTH letters and digits, 285 bits."""
    return Secret("".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH)))


class Secrets(Protocol):
    """Secrets by name, as planning and steps read and seal them."""

    def get(self, name: str) -> Secret | None: ...
    def names(self) -> tuple[str, ...]: ...
    def put(self, name: str, secret: Secret) -> None: ...
    def ensure(self, name: str, make: Callable[[], Secret]) -> Secret: ...


class Unsealed:
    """The secrets of a cluster that has none yet, or whose vault stays closed: nothing is known, nothing is kept."""

    def get(self, name: str) -> Secret | None:
        return None

    def names(self) -> tuple[str, ...]:
        return ()

    def put(self, name: str, secret: Secret) -> NoReturn:
        raise WizardError(f"{name}: a look seals nothing", hint="Start the rollout: it does.")

    def ensure(self, name: str, make: Callable[[], Secret]) -> NoReturn:
        raise WizardError(f"{name}: a look makes no secret", hint="Start the rollout: it does.")


def sealed_by_passphrase(folder: Path) -> bool:
    """Tell whether a cluster's vault opens by a passphrase; False where there is none, or it can't be read."""
    try:
        return _read(folder / SEALED).get("by") == "passphrase"
    except (OSError, WizardError):
        return False


class Vault:
    """Secrets by name. Every call reads the file anew, so that several processes may use it at once."""

    def __init__(self, folder: Path, key: bytes, header: dict[str, Any]) -> None:
        """Use `Vault.open`."""
        self._folder = folder
        self._key = key
        self._header = header

    @classmethod
    def open(cls, folder: Path, *, passphrase: Secret | None = None) -> "Vault":
        """Take the cluster's folder, and the passphrase if it is sealed by one; return its vault, made when missing.

        Raises WizardError when the key or passphrase does not fit, the file is damaged, or others may read the key.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(folder):
                return cls._open(folder, passphrase)
        except OSError as error:
            raise _unusable(folder, error) from None

    @classmethod
    def _open(cls, folder: Path, passphrase: Secret | None) -> "Vault":
        sealed = folder / SEALED
        if not sealed.exists():
            header = _new_header(passphrase)
            vault = cls(folder, _key(folder, header, passphrase, make=True), header)
            vault._write({})
            return vault
        header = _header(sealed, _read(sealed))
        vault = cls(folder, _key(folder, header, passphrase, make=False), header)
        vault._read()
        return vault

    def get(self, name: str) -> Secret | None:
        """Return the secret of that name, or None."""
        value = self._read().get(name)
        return None if value is None else Secret(value)

    def names(self) -> tuple[str, ...]:
        """Return the names of all secrets, sorted."""
        return tuple(sorted(self._read()))

    def put(self, name: str, secret: Secret) -> None:
        """Seal a secret under a name, in place of an earlier one. It is on disk when this returns."""
        with self._changing() as values:
            values[name] = secret.reveal()

    def ensure(self, name: str, make: Callable[[], Secret]) -> Secret:
        """Return the secret of that name; where there is none, seal what `make` returns first.

        Of several processes that ask at once, one makes it and all get the same.
        """
        with self._changing() as values:
            if name not in values:
                values[name] = make().reveal()
            return Secret(values[name])

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        try:
            with _locked(self._folder):
                values = self._read()
                before = dict(values)
                yield values
                if values != before:
                    self._write(values)
        except OSError as error:
            raise _unusable(self._folder, error) from None

    def _read(self) -> dict[str, str]:
        path = self._folder / SEALED
        try:
            record = _read(path)
        except OSError as error:
            raise _unusable(path, error) from None
        if _header(path, record) != self._header:
            raise _damaged(path)
        try:
            nonce, box = (base64.b64decode(record[part], validate=True) for part in ("nonce", "box"))
            text = AESGCM(self._key).decrypt(nonce, box, _bound(self._header))
        except InvalidTag:
            raise self._does_not_fit(path) from None
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        values: dict[str, str] = json.loads(text)
        return values

    def _write(self, values: dict[str, str]) -> None:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        box = AESGCM(self._key).encrypt(nonce, json.dumps(values).encode(), _bound(self._header))
        record = {**self._header, "nonce": _text(nonce), "box": _text(box)}
        _replace(self._folder / SEALED, json.dumps(record).encode())

    def _does_not_fit(self, path: Path) -> WizardError:
        if self._header["by"] == "passphrase":
            return WizardError(f"{path}: the passphrase does not fit, or the file is damaged", hint="Try it again.")
        hint = f"Put back the {KEY} that was made with it, or both files from a backup."
        return WizardError(f"{path}: {KEY} does not fit, or the file is damaged", hint=hint)


def _new_header(passphrase: Secret | None) -> dict[str, Any]:
    if passphrase is None:
        return {"version": 1, "by": "key"}
    return {"version": 1, "by": "passphrase", "salt": _text(secrets.token_bytes(16)), **_SCRYPT}


def _header(path: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a sealed file without its key; refuse what would make scrypt eat the machine."""
    if record.get("version") != 1 or record.get("by") not in ("key", "passphrase"):
        raise _damaged(path)
    if record["by"] == "key":
        return {"version": 1, "by": "key"}
    if any(record.get(name) != value for name, value in _SCRYPT.items()) or not isinstance(record.get("salt"), str):
        raise _damaged(path)
    return {"version": 1, "by": "passphrase", "salt": record["salt"], **_SCRYPT}


def _key(folder: Path, header: dict[str, Any], passphrase: Secret | None, *, make: bool) -> bytes:
    sealed = folder / SEALED
    if header["by"] == "key":
        if passphrase is not None:
            raise WizardError(
                f"{sealed}: it is sealed by {KEY}, not by a passphrase", hint="Go on without a passphrase."
            )
        return _key_file(folder / KEY, make=make)
    if passphrase is None:
        raise WizardError(f"{sealed}: it is sealed by a passphrase", hint="Give the passphrase it was made with.")
    try:
        salt = base64.b64decode(header["salt"], validate=True)
    except ValueError:
        raise _damaged(sealed) from None
    return Scrypt(salt=salt, length=_KEY_BYTES, **_SCRYPT).derive(passphrase.reveal().encode(errors="surrogatepass"))


def _key_file(path: Path, *, make: bool) -> bytes:
    if make and not os.path.lexists(path):
        _replace(path, _text(secrets.token_bytes(_KEY_BYTES)).encode() + b"\n")
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


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(_SIZE_LIMIT)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(record, dict):
        raise _damaged(path)
    return record


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, whole."""
    # One name, always under the lock: what a crash left is overwritten, not piled up.
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when this process dies."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _bound(header: dict[str, Any]) -> bytes:
    """Return the header as the seal covers it, so that nobody changes one without the other."""
    return json.dumps(header, sort_keys=True).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _damaged(path: Path) -> WizardError:
    return WizardError(
        f"{path}: the sealed secrets are damaged", hint="Put the file back from a backup; nothing was changed."
    )


def _unusable(path: Path, error: OSError) -> WizardError:
    hint = f"Make {path} a place that you may write to, with space left."
    return WizardError(f"{path}: {error.strerror}", hint=hint)
