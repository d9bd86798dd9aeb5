"""The servers' token over time: the one that holds, the one that is to follow, and those that old snapshots need.

Each lies in the vault under a name of its own, so that none is lost wherever a rotation is cut short.
"""

import re
import time
from collections.abc import Iterator

from wizard.distros.rke2.config import SERVER_TOKEN
from wizard.secret import Secret
from wizard.vault.pieces import token_mark
from wizard.vault.secrets import Secrets

NEXT = "server-token-next"
"""The token that a rotation gives the cluster, known before the cluster is told of it."""
_KEPT = "server-token-kept-"
_RETIRED = re.compile(r"server-token-until-(\d+)-([0-9a-f]{16})")


def retire(vault: Secrets, token: Secret) -> None:
    """Keep a token that holds until now for the snapshots that were made under it."""
    vault.put(f"server-token-until-{time.time():.0f}-{token_mark(token)}", token)


def keep(vault: Secrets, token: Secret) -> None:
    """Keep a token that may never have held: what bears its mark is found by it, and nothing else."""
    vault.put(f"{_KEPT}{token_mark(token)}", token)


def take(vault: Secrets, token: Secret) -> None:
    """Make `token` the one that holds; the one before it is kept."""
    former = vault.get(SERVER_TOKEN)
    if former == token:
        return
    if former:
        retire(vault, former)
    vault.put(SERVER_TOKEN, token)


def others(vault: Secrets) -> tuple[Secret, ...]:
    """Return the tokens that may hold instead of the one in the vault, where a rotation was cut short: next, former."""
    retired = sorted((int(each[1]), each[0]) for name in vault.names() if (each := _RETIRED.fullmatch(name)))
    found = (vault.get(name) for name in (NEXT, *(name for _, name in retired[-1:])))
    holds = vault.get(SERVER_TOKEN)
    return tuple(dict.fromkeys(token for token in found if token and token != holds))


def by_mark(vault: Secrets, mark: str) -> Secret | None:
    """Return the token of that mark, of whatever time; None where the vault has none."""
    return next((token for token in _all(vault) if token_mark(token) == mark), None)


def of_time(vault: Secrets, at: int) -> Secret | None:
    """Return the token that held at `at` (epoch seconds), for what was made then and bears no mark."""
    found = (_RETIRED.fullmatch(name) for name in vault.names())
    after = [(int(each[1]), each[0]) for each in found if each and int(each[1]) >= at]
    return vault.get(min(after)[1] if after else SERVER_TOKEN)


def _all(vault: Secrets) -> Iterator[Secret]:
    names = (
        SERVER_TOKEN,
        NEXT,
        *(name for name in vault.names() if _RETIRED.fullmatch(name) or name.startswith(_KEPT)),
    )
    return (token for name in names if (token := vault.get(name)))
