"""The process that `rke` runs under: it outlives the engine, holds the keys, and keeps each new state file sealed.

`python -m wizard.distros.rke1.keeper FOLDER`, with its secrets on stdin; FOLDER has what it is to run (see order.py).
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from wizard.distros.rke1.agent import agent, load_keys
from wizard.distros.rke1.order import LOG, Order, write_exit
from wizard.distros.rke1.treasure import Treasury, read_state_file
from wizard.errors import WizardError
from wizard.secret import Secret
from wizard.vault.pieces import SNAPSHOT_KEY

LOOK_S = 1.0
NOT_STARTED = 127
PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "RANCHER_METADATA_URL"),
)
"""What `rke` gets of our environment."""


class Lent:
    """The one secret of the vault that this process was given: what seals copies."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def get(self, name: str) -> Secret | None:
        return self._key if name == SNAPSHOT_KEY else None

    def names(self) -> tuple[str, ...]:
        return (SNAPSHOT_KEY,)

    def put(self, name: str, secret: Secret) -> None:
        raise WizardError(f"{name}: the keeper of rke has no vault")

    def ensure(self, name: str, make: Callable[[], Secret]) -> Secret:
        if name != SNAPSHOT_KEY:
            raise WizardError(f"{name}: the keeper of rke has no vault")
        return self._key


async def keep(folder: Path, order: Order, secrets: Mapping[str, Secret]) -> int:
    """Run `rke` as ordered to its end, and write its exit status; return it."""
    treasury = Treasury(order.copies, Lent(secrets["seal"]), order.about)
    async with _keys(order, secrets.get("passphrase")) as environment:
        with (folder / LOG).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *order.words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=order.state.parent,
                # With the lock: while `rke` lives nobody starts another one, even if this process was killed.
                pass_fds=(order.lock,),
                start_new_session=True,
            )
        ended = asyncio.create_task(process.wait())
        while not ended.done():
            await asyncio.wait({ended}, timeout=LOOK_S)
            _guard(treasury, order.state, "after" if ended.done() else "during")
    write_exit(folder, ended.result())
    return ended.result()


def _guard(treasury: Treasury, state: Path, when: str) -> None:
    """Keep the state file as it is now; one that is being written, or that can't be read, is looked at again later."""
    with contextlib.suppress(WizardError, OSError):
        if found := read_state_file(state):
            treasury.keep(found, when)


@contextlib.asynccontextmanager
async def _keys(order: Order, passphrase: Secret | None) -> AsyncIterator[dict[str, str]]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if not order.keys:
        # The operator's own agent has them.
        yield environment | {"SSH_AUTH_SOCK": os.environ.get("SSH_AUTH_SOCK", "")}
        return
    async with agent(await asyncio.to_thread(load_keys, order.keys, passphrase)) as place:
        yield environment | {"SSH_AUTH_SOCK": str(place)}


def main() -> int:
    """Be the keeper."""
    folder = Path(sys.argv[1])
    secrets = {name: Secret(value) for name, value in json.loads(sys.stdin.read()).items()}
    os.umask(0o077)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    try:
        return asyncio.run(keep(folder, Order.read(folder), secrets))
    except (WizardError, OSError) as error:
        with (folder / LOG).open("a") as log:
            hint = f" -> {error.hint}" if isinstance(error, WizardError) and error.hint else ""
            print(f"rke was not started: {error}{hint}", file=log)
        write_exit(folder, NOT_STARTED)
        return NOT_STARTED


if __name__ == "__main__":
    sys.exit(main())
