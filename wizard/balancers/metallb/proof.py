"""MetalLB proven step by step: it takes its configuration, its pools are there, the ingress has an address."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from wizard.balancers.ingress.controller import ingress_namespace, ingress_service
from wizard.balancers.metallb.files import wanted
from wizard.balancers.metallb.objects import Manifest, namespace
from wizard.balancers.metallb.waiting import unanswered
from wizard.errors import CommandFailed, StepFailed
from wizard.kube.api import Kube
from wizard.rollout.step import Work
from wizard.spec.address import same_form
from wizard.spec.models import Spec

AGAIN_S = 3.0
WEBHOOK_S = 150.0
# The webhook's certificate is made after its pod is ready: for a while it is there and answers nothing.
_NOT_YET = ("failed calling webhook", "no endpoints available", "no matches for kind", "doesn't have a resource type")


async def not_refused(kube: Kube, asked: Sequence[Manifest], work: Work) -> None:
    """Have the cluster judge a configuration before it is given, once MetalLB's webhook answers.

    Raises CommandFailed with what the webhook refuses, StepFailed where it does not answer.
    """

    async def refused() -> str:
        try:
            await kube.apply(asked, dry_run=True)
        except CommandFailed as error:
            if any(word in error.what for word in _NOT_YET):
                return error.what
            raise
        return ""

    if saw := await wait(work, refused, WEBHOOK_S):
        raise StepFailed(
            work.node,
            f"MetalLB takes no configuration: {saw}",
            cause="The API server does not reach MetalLB's webhook, port 9443 of its controller's pod.",
            hint="Look at the network from servers to that pod, and at a proxy without .svc in NO_PROXY; retry.",
        )


async def missing_pools(kube: Kube, spec: Spec) -> str:
    """Return the names of the pools of a spec that the cluster does not have, "" for none."""
    there = {pool["metadata"]["name"] for pool in await kube.items("ipaddresspools", namespace=namespace())}
    return ", ".join(pool.name for pool in wanted(spec).pools if pool.name not in there)


async def address_given(kube: Kube, spec: Spec, work: Work, *, patience_s: float) -> None:
    """Wait until the ingress controller's Service has the address that was asked for. Raises StepFailed."""
    service, space = ingress_service(spec), ingress_namespace(spec)
    found: tuple[str, ...] = ()

    async def lacks() -> str:
        nonlocal found
        found, why = await unanswered(kube, service, space)
        return why or lacking(spec, found)

    if saw := await wait(work, lacks, patience_s):
        raise StepFailed(
            work.node,
            f"the ingress controller got no address: {saw}",
            cause=f"The pool is used up or may not be used by {space}, or the cluster runs another controller.",
            hint=f"On a server: kubectl -n {space} describe service {service}. Enlarge the pool, or set `ingress` "
            "in the spec to the controller that runs; then retry.",
        )
    work.said(f"{service}: {', '.join(found)}")


def lacking(spec: Spec, found: tuple[str, ...]) -> str:
    """Return what the ingress controller's addresses lack of those that a spec asks for, "" for nothing."""
    wish = wanted(spec).expose_ingress
    asked = {same_form(address) for address in wish.addresses} if wish else set()
    missing = asked - {same_form(address) for address in found}
    if missing:
        return f"it has {', '.join(found) or 'no address'}, not {', '.join(sorted(missing))}"
    return "" if found else "it has no address yet"


async def wait(work: Work, look: Callable[[], Awaitable[str]], patience_s: float) -> str:
    """Look until nothing is lacking any more; return what still was when patience ended, else ""."""
    saw = "no answer yet"
    try:
        async with asyncio.timeout(patience_s):
            while saw := await look():
                work.tell(50, saw)
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        return saw
    return ""
