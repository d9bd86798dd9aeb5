"""What RKE2 deployed from files on its servers, taken away again: first the files on all of them, then the objects.

A file that is gone takes nothing out of the cluster, and one that stays on a server brings all of it back when that
server starts. Source: RKE2 documentation, "Helm integration"; k3s, pkg/deploy.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path, PurePosixPath

from wizard.errors import CommandFailed, WizardError
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.kube.api import Kube
from wizard.spec.models import Spec

REMOVE = load_script(Path(__file__).parent, "remove_manifests")
AGAIN_S = 2.0
SYSTEM = "kube-system"
_UNKNOWN_KIND = "the server doesn't have a resource type"
Tell = Callable[[str], None]


async def take_files(spec: Spec, hosts: Callable[[str], Host], paths: Iterable[str], tell: Tell) -> None:
    """Remove files on every server. Raises HostError at the first that can't be asked; the others stay as they are."""
    wanted = tuple(paths)
    for server in spec.servers:
        result = await hosts(server.name).run(REMOVE, *wanted, timeout_s=30)
        for line in result.lines:
            tell(f"{server.name}: {line.replace('=', ' ', 1)}")


async def take_object(kube: Kube, kind: str, name: str, tell: Tell, *, namespace: str = "") -> None:
    """Delete an object; one that is not there, or is of a kind that nobody knows any more, is no fault."""
    where = (f"--namespace={namespace}",) if namespace else ()
    try:
        # What hangs on it is waited for by name: kubectl would only say that it took too long.
        said = await kube.text("delete", kind, name, *where, "--ignore-not-found", "--wait=false")
    except CommandFailed as error:
        if _UNKNOWN_KIND not in error.what:
            raise
    else:
        if said:
            tell(f"deleted {kind} {name}")


async def take_addons(kube: Kube, paths: Iterable[str], tell: Tell) -> None:
    """Delete what RKE2 keeps of the files that it deployed."""
    for path in paths:
        await take_object(kube, "addon", PurePosixPath(path).stem, tell, namespace=SYSTEM)


async def gone(what: str, there: Callable[[], Awaitable[bool]], tell: Tell, *, timeout_s: float, hint: str) -> None:
    """Wait until `there` says no. Raises WizardError with `hint` after `timeout_s` seconds."""
    tell(f"waiting until {what} is gone")
    try:
        async with asyncio.timeout(timeout_s):
            while await there():  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        raise WizardError(f"{what} is still there after {timeout_s:.0f} s", hint=hint) from None
