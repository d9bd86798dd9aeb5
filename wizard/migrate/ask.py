"""What the old cluster's API says, asked by kubectl on this machine with the administrator's kubeconfig; read only."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.errors import WizardError
from wizard.kube.api import Kube
from wizard.plain import plain

TIMEOUT_S = 60
LARGEST = 256 << 20
PSP = "podsecuritypolicies.policy"
NO_KIND = "the server doesn't have a resource type"
# What the inventory is made of: kinds by the words that kubectl takes, those of all namespaces marked so.
KINDS: Mapping[str, tuple[str, ...]] = {
    "nodes": ("nodes",),
    "namespaces": ("namespaces",),
    "storageclasses": ("storageclasses.storage.k8s.io",),
    "volumes": ("persistentvolumes",),
    "deployments": ("deployments.apps", "--all-namespaces"),
    "statefulsets": ("statefulsets.apps", "--all-namespaces"),
    "daemonsets": ("daemonsets.apps", "--all-namespaces"),
    "budgets": ("poddisruptionbudgets.policy", "--all-namespaces"),
    "services": ("services", "--all-namespaces"),
    "ingresses": ("ingresses.networking.k8s.io", "--all-namespaces"),
    "crds": ("customresourcedefinitions.apiextensions.k8s.io",),
    "validating": ("validatingwebhookconfigurations.admissionregistration.k8s.io",),
    "mutating": ("mutatingwebhookconfigurations.admissionregistration.k8s.io",),
    "apiservices": ("apiservices.apiregistration.k8s.io",),
    "cronjobs": ("cronjobs.batch", "--all-namespaces"),
    "jobs": ("jobs.batch", "--all-namespaces"),
    "classes": ("ingressclasses.networking.k8s.io",),
    "policies": ("networkpolicies.networking.k8s.io", "--all-namespaces"),
    "podsecurity": (PSP,),
}
# A Secret of Helm's has a release with all its values: of a table the server sends names and labels alone.
# Source: Kubernetes API concepts, "Receiving resources as Tables"; Helm, pkg/storage/driver/secrets.go for the labels.
LABELS = ("name", "version", "status")
RELEASES = (
    *("secrets", "--all-namespaces", "--selector=owner=helm", "--no-headers"),
    f"--label-columns={','.join(LABELS)}",
)


@dataclass(frozen=True, slots=True)
class Answers:
    """Objects by the name of their kind; `failed` says why a kind was not read."""

    objects: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """Return what was found of a kind, nothing where it was not read."""
        return [one for one in self.objects.get(kind, ()) if isinstance(one, Mapping)]


def ask(kubeconfig: Path, kubectl: str = "kubectl") -> Answers:
    """Ask for all kinds, one after the other; of Secrets and ConfigMaps nothing is asked but the names of releases."""
    program = shutil.which(kubectl)
    if program is None:
        return Answers(failed={"api": f"{kubectl} is not on this machine; name one by --kubectl"})
    objects: dict[str, list[Mapping[str, Any]]] = {}
    failed: dict[str, str] = {}
    for kind, words in KINDS.items():
        found = _get(program, kubeconfig, words)
        if isinstance(found, str):
            failed[kind] = found
            # An API that does not answer the first question answers none.
            if kind == "nodes":
                return Answers(failed={"api": found})
        else:
            objects[kind] = found
    told = _said(program, kubeconfig, RELEASES)
    if isinstance(told, str):
        failed["releases"] = told
    else:
        objects["releases"] = list(_rows(told.decode(errors="replace").splitlines()))
    return Answers(objects, failed)


async def ask_through(kube: Kube) -> Answers:
    """As `ask`, of an API that is reached through a node's connection."""
    objects: dict[str, list[Mapping[str, Any]]] = {}
    failed: dict[str, str] = {}
    for kind, words in KINDS.items():
        try:
            objects[kind] = await kube.items(words[0], timeout_s=TIMEOUT_S)
        except WizardError as error:
            failed[kind] = plain(error.message)[:200]
            if kind == "nodes":
                return Answers(failed={"api": failed[kind]})
    try:
        objects["releases"] = list(_rows(await kube.text("get", *RELEASES, timeout_s=TIMEOUT_S)))
    except WizardError as error:
        failed["releases"] = plain(error.message)[:200]
    return Answers(objects, failed)


def _rows(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Yield each row of the table of Helm's Secrets as an object: columns of its own come before the labels."""
    for line in lines:
        words = line.split()
        if len(words) == 5 + len(LABELS):
            name, revision, status = words[5:]
            yield {"metadata": {"namespace": words[0], "name": name}, "revision": revision, "status": status}


def _get(program: str, kubeconfig: Path, words: Sequence[str]) -> list[Mapping[str, Any]] | str:
    """Return the objects, or why there are none."""
    told = _said(program, kubeconfig, (*words, "-o", "json"))
    if isinstance(told, str):
        # An API that does not know the kind any more has nothing of it.
        return [] if PSP in words and NO_KIND in told else told
    try:
        items = json.loads(told)["items"]
    except (ValueError, KeyError, TypeError):
        return "what kubectl printed is no list in JSON"
    return items if isinstance(items, list) else "what kubectl printed is no list in JSON"


def _said(program: str, kubeconfig: Path, words: Sequence[str]) -> bytes | str:
    """Return what `kubectl get` prints, or why it does not."""
    command = [program, "--kubeconfig", str(kubeconfig), f"--request-timeout={TIMEOUT_S - 10}s", "get", *words]
    own = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, env=own, check=False)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        return f"no answer in {TIMEOUT_S} s"
    except OSError as error:
        return f"{program}: {error.strerror}"
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return plain(lines[-1])[:200] if lines else f"kubectl ended with {done.returncode}"
    if len(done.stdout) > LARGEST:
        return "more than can be read at once"
    return done.stdout
