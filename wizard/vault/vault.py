"""The sealed secrets of one cluster: a file that is of no use without its key.

Beside the sealed file lies its key (0600), unless the vault is opened with a passphrase: then the key is derived
from it by scrypt, and lies nowhere.
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wizard.errors import WizardError
from wizard.secret import Secret
from wizard.vault.file import damaged, locked, read, replace, unusable
from wizard.vault.key import KEY, as_text, header_of, key_of, new_header

SEALED = "vault.sealed"
_NONCE_BYTES = 12  # what AES-GCM wants; random, so no two writes share one


def sealed_by_passphrase(folder: Path) -> bool:
    """Tell whether a cluster's vault opens by a passphrase; False where there is none, or it can't be read."""
    try:
        return read(folder / SEALED).get("by") == "passphrase"
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
            with locked(folder):
                return cls._open(folder, passphrase)
        except OSError as error:
            raise unusable(folder, error) from None

    @classmethod
    def _open(cls, folder: Path, passphrase: Secret | None) -> "Vault":
        sealed = folder / SEALED
        if not sealed.exists():
            header = new_header(passphrase)
            vault = cls(folder, key_of(sealed, header, passphrase, make=True), header)
            vault._write({})
            return vault
        header = header_of(sealed, read(sealed))
        vault = cls(folder, key_of(sealed, header, passphrase, make=False), header)
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
            with locked(self._folder):
                values = self._read()
                before = dict(values)
                yield values
                if values != before:
                    self._write(values)
        except OSError as error:
            raise unusable(self._folder, error) from None

    def _read(self) -> dict[str, str]:
        path = self._folder / SEALED
        try:
            record = read(path)
        except OSError as error:
            raise unusable(path, error) from None
        if header_of(path, record) != self._header:
            raise damaged(path)
        try:
            nonce, box = (base64.b64decode(record[part], validate=True) for part in ("nonce", "box"))
            text = AESGCM(self._key).decrypt(nonce, box, _bound(self._header))
        except InvalidTag:
            raise self._does_not_fit(path) from None
        except (ValueError, KeyError, TypeError):
            raise damaged(path) from None
        values: dict[str, str] = json.loads(text)
        return values

    def _write(self, values: dict[str, str]) -> None:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        box = AESGCM(self._key).encrypt(nonce, json.dumps(values).encode(), _bound(self._header))
        record = {**self._header, "nonce": as_text(nonce), "box": as_text(box)}
        replace(self._folder / SEALED, json.dumps(record).encode())

    def _does_not_fit(self, path: Path) -> WizardError:
        if self._header["by"] == "passphrase":
            return WizardError(f"{path}: the passphrase does not fit, or the file is damaged", hint="Try it again.")
        hint = f"Put back the {KEY} that was made with it, or both files from a backup."
        return WizardError(f"{path}: {KEY} does not fit, or the file is damaged", hint=hint)


def _bound(header: dict[str, Any]) -> bytes:
    """Return the header as the seal covers it, so that nobody changes one without the other."""
    return json.dumps(header, sort_keys=True).encode()
