"""Secrets by name, as planning and steps read and seal them."""

import secrets
import string
from collections.abc import Callable
from typing import NoReturn, Protocol

from wizard.errors import WizardError
from wizard.secret import Secret

TOKEN_LENGTH = 48
_ALPHABET = string.ascii_letters + string.digits


def new_token() -> Secret:
    """Return a random token for a cluster: TOKEN_LENGTH letters and digits, 285 bits."""
    return Secret("".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH)))


class Secrets(Protocol):
    """What is known by name, and may be added to."""

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
