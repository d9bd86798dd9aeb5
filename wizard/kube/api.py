"""The one door to a cluster's API: kubectl where the cluster keeps it, JSON in and out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.errors import CommandFailed
from wizard.hosts.output import Result
from wizard.hosts.runner import Runner
from wizard.hosts.script import load_script
from wizard.secret import Secret

KUBECTL = load_script(Path(__file__).parent, "kubectl")
TIMEOUT_S = 30.0
GRACE_S = 10.0
"""What a command may take beyond the time that the API server is given."""
_FIELD_MANAGER = "rancher-wizard"
_SAID = (
    (
        "connection refused",
        "The API server is down there: systemctl status rke2-server, docker ps -a for RKE1; or ask another one.",
    ),
    (
        "Unable to connect to the server",
        "The API server does not answer: look at rke2-server, or docker ps -a for RKE1, on the servers.",
    ),
    ("failed calling webhook", "The pod behind that webhook is not ready: wait for it, then retry."),
    ("no endpoints available for service", "The pod behind that service is not ready: wait for it, then retry."),
    ("no matches for kind", "Its custom resources are not installed yet: install what brings them first."),
    ("the server doesn't have a resource type", "Its custom resources are not installed: install what brings them."),
    ("Forbidden", "Something in the cluster refuses it: look at its admission policies and webhooks."),
    ("etcdserver:", "etcd is slow or has no majority: look at etcd's pods and disks on the servers."),
)
_NO_KIND = "the server doesn't have a resource type"
_MISSING = ("(NotFound)", _NO_KIND)

Manifest = Mapping[str, Any]


class Kube:
    """A cluster's API as one of its servers reaches it.

    Every call raises CommandFailed with what kubectl said and the next move, and what Host.run raises. Times are in
    seconds. Texts in the JSON come from the cluster: they are shown through `plain` only.
    """

    def __init__(self, host: Runner) -> None:
        """Take a server of the cluster; a host that has a kubectl and a kubeconfig of its own will do."""
        self._host = host

    async def get(self, kind: str, name: str, *, namespace: str = "", timeout_s: float = TIMEOUT_S) -> Any:
        """Return one object, None when there is none, nor anything of its kind."""
        args = ("get", kind, name, *_namespace(namespace), "-o", "json")
        result = await self._run(args, timeout_s=timeout_s, check=False)
        if result.exit_status != 0 and any(word in _said(result) for word in _MISSING):
            return None
        return self._json(args, result)

    async def items(
        self, kind: str, *, namespace: str = "", selector: str = "", timeout_s: float = TIMEOUT_S
    ) -> list[Any]:
        """Return the objects of a kind, of one namespace or of all; none when the cluster does not know the kind.

        What is large (Secrets of Helm hold a whole chart) is better asked for with `text`.
        """
        where = _namespace(namespace) or ("--all-namespaces",)
        chosen = (f"--selector={selector}",) if selector else ()
        args = ("get", kind, *where, *chosen, "-o", "json")
        result = await self._run(args, timeout_s=timeout_s, check=False)
        if result.exit_status != 0 and _NO_KIND in _said(result):
            return []
        found = self._json(args, result).get("items")
        return list(found) if isinstance(found, list) else []

    async def apply(
        self,
        manifests: Sequence[Manifest],
        *,
        namespace: str = "",
        dry_run: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> tuple[str, ...]:
        """Bring objects about, by server-side apply in the wizard's name; return what kubectl says of each.

        They travel on stdin, so they may hold secrets. With `dry_run` the cluster only says what it would make of them.
        `namespace` is that of objects which name none.
        """
        body = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        how = ("--server-side", "--force-conflicts", *(("--dry-run=server",) if dry_run else ()))
        args = ("apply", *how, *_namespace(namespace), f"--field-manager={_FIELD_MANAGER}", "-f", "-")
        return (await self._run(args, stdin=Secret(body), timeout_s=timeout_s)).lines

    async def delete(self, kind: str, name: str, *, namespace: str = "", timeout_s: float = TIMEOUT_S) -> None:
        """Delete one object; one that is not there is no fault."""
        await self._run(("delete", kind, name, *_namespace(namespace), "--ignore-not-found"), timeout_s=timeout_s)

    async def text(self, *args: str, timeout_s: float = TIMEOUT_S) -> tuple[str, ...]:
        """Return the cleaned lines of any other kubectl command."""
        return (await self._run(args, timeout_s=timeout_s)).lines

    async def _run(
        self, args: Sequence[str], *, stdin: Secret | None = None, timeout_s: float, check: bool = True
    ) -> Result:
        bounded = (*args, f"--request-timeout={timeout_s:.0f}s")
        result = await self._host.run(KUBECTL, *bounded, stdin=stdin, timeout_s=timeout_s + GRACE_S, check=False)
        if check and result.exit_status != 0:
            raise self._failed(args, result)
        return result

    def _json(self, args: Sequence[str], result: Result) -> Any:
        if result.exit_status != 0:
            raise self._failed(args, result)
        try:
            return json.loads("\n".join(result.lines))
        except ValueError:
            what = f"kubectl {' '.join(args[:3])}: what it printed is not JSON, or more than is kept"
            raise CommandFailed(self._host.name, what, exit_status=0, output=result.tail(), hint="Retry.") from None

    def _failed(self, args: Sequence[str], result: Result) -> CommandFailed:
        said = _said(result)
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
        hint = next((move for word, move in _SAID if word in said), "Mend what it names, then retry.")
        return CommandFailed(
            self._host.name,
            f"kubectl {' '.join(args[:2])}: {last[:300]}",
            exit_status=result.exit_status,
            output=result.tail(),
            hint=hint,
        )


def _namespace(name: str) -> tuple[str, ...]:
    return (f"--namespace={name}",) if name else ()


def _said(result: Result) -> str:
    return "\n".join(result.errors or result.lines)
