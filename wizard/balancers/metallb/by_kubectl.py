"""MetalLB applied by kubectl: for RKE1, in which nothing deploys manifests or charts by itself.

What has been applied is noted in the cluster, in MetalLB's namespace, by its digest.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from wizard.balancers.applied import bring_about, kinds_of, marked, take_away
from wizard.balancers.ingress.controller import ingress_namespace, ingress_service
from wizard.balancers.manifest import MODE, as_text
from wizard.balancers.metallb.chart import applied_values, home, ingress_service_of
from wizard.balancers.metallb.files import STAMP, all_sealed, chart_content, configuration, masked, sealed, wanted
from wizard.balancers.metallb.free import prove_free
from wizard.balancers.metallb.objects import Manifest, namespace
from wizard.balancers.metallb.proof import address_given, lacking, missing_pools, not_refused
from wizard.balancers.metallb.rendering import rendered
from wizard.balancers.metallb.state import seen
from wizard.errors import StepFailed
from wizard.kube.api import Kube
from wizard.kube.door import door
from wizard.kube.stamps import note, noted
from wizard.kube.undeploy import Tell, take_object
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.site import Site

CHART, ADDRESSES, INGRESS = "chart", "addresses", "ingress"
KINDS = "kinds"
"""The stamp that says which kinds of objects a set may have."""


@dataclass(frozen=True, slots=True)
class ApplyChart:
    """Settled where the chart of this version has been applied with these values."""

    site: Site
    key: str = "metallb-chart"
    title: str = "Apply MetalLB's chart by kubectl"
    timeout_s: float = 420.0
    expected_s: float = 15.0

    def files(self, node: str) -> tuple[File, ...]:
        metallb = wanted(self.site.spec)
        where = f"values of metallb {metallb.version} for helm template (on this machine)"
        return (File(where, as_text(applied_values(self.site.spec, metallb)), MODE),)

    def settled(self, node: str, survey: Survey) -> bool:
        return seen(self.site, survey).stamps.get(CHART) == chart_digest(self.site)

    async def carry_out(self, work: Work) -> Outcome:
        kube = (await door(work, self.site)).kube
        known, digest = await noted(kube, namespace()), chart_digest(self.site)
        if known.get(CHART) == digest:
            return "unchanged"
        objects = await rendered(self.site)
        work.said(f"helm has made {len(objects)} objects of metallb {wanted(self.site.spec).version}")
        await kube.apply([home()])
        await _apply(kube, CHART, objects, known, digest, work.said)
        return "done"


@dataclass(frozen=True, slots=True)
class ApplyAddresses:
    """Settled where just these addresses have been applied, and their pools are there."""

    site: Site
    key: str = "metallb-addresses"
    title: str = "Give MetalLB its addresses"
    timeout_s: float = 300.0
    expected_s: float = 5.0

    def files(self, node: str) -> tuple[File, ...]:
        shown = as_text(*configuration(wanted(self.site.spec), masked))
        return (File("MetalLB's addresses for kubectl apply (on this machine)", shown, MODE),)

    def settled(self, node: str, survey: Survey) -> bool:
        digest, pools = addresses_digest(self.site), seen(self.site, survey).pools
        metallb = wanted(self.site.spec)
        there = {pool.name for pool in metallb.pools} <= pools or not metallb.since("custom_resources")
        return there and digest != "" and seen(self.site, survey).stamps.get(ADDRESSES) == digest

    async def carry_out(self, work: Work) -> Outcome:
        at, digest = await door(work, self.site), addresses_digest(self.site)
        kube = at.kube
        known = await noted(kube, namespace())
        if known.get(ADDRESSES) == digest and not await self._missing(kube):
            return "unchanged"
        asked = configuration(wanted(self.site.spec), lambda peer: sealed(self.site, peer).reveal())
        await prove_free(self.site, work, at)
        await not_refused(kube, marked(asked, f"metallb-{ADDRESSES}"), work)
        await _apply(kube, ADDRESSES, asked, known, digest, work.said)
        if missing := await self._missing(kube):
            hint = f"Look at them: kubectl -n {namespace()} get ipaddresspools; then retry."
            raise StepFailed(work.node, f"pool {missing} is not there though it was applied", hint=hint)
        return "done"

    async def _missing(self, kube: Kube) -> str:
        new = wanted(self.site.spec).since("custom_resources")
        return await missing_pools(kube, self.site.spec) if new else ""


@dataclass(frozen=True, slots=True)
class ExposeService:
    """Settled where our Service before the ingress controller has the address that was asked for."""

    site: Site
    key: str = "metallb-ingress"
    title: str = "Give the ingress controller an address"
    timeout_s: float = 420.0
    expected_s: float = 10.0

    def files(self, node: str) -> tuple[File, ...]:
        return (File("Service of the ingress for kubectl apply (on this machine)", as_text(self._service()), MODE),)

    def settled(self, node: str, survey: Survey) -> bool:
        state = seen(self.site, survey)
        found = state.addresses.get(ingress_service(self.site.spec), ())
        return state.stamps.get(INGRESS) == self._digest() and not lacking(self.site.spec, found)

    async def carry_out(self, work: Work) -> Outcome:
        kube, digest = (await door(work, self.site)).kube, self._digest()
        changed = (await noted(kube, namespace())).get(INGRESS) != digest
        if changed or await kube.get("service", ingress_service(self.site.spec), namespace=self._space()) is None:
            await kube.apply([self._service()])
            await note(kube, namespace(), {INGRESS: digest})
            changed = True
        await address_given(kube, self.site.spec, work, patience_s=self.timeout_s - 60)
        return "done" if changed else "unchanged"

    def _service(self) -> Manifest:
        return ingress_service_of(self.site.spec, wanted(self.site.spec))

    def _space(self) -> str:
        return ingress_namespace(self.site.spec)

    def _digest(self) -> str:
        return _short(json.dumps(self._service(), sort_keys=True).encode())


@dataclass(frozen=True, slots=True)
class WithdrawService(Fileless):
    """Settled where no Service of ours is noted: the ingress controller's own ports stay as they are."""

    site: Site
    key: str = "metallb-ingress-back"
    title: str = "Take the ingress controller's address away"
    timeout_s: float = 120.0
    expected_s: float = 5.0

    def settled(self, node: str, survey: Survey) -> bool:
        return INGRESS not in seen(self.site, survey).stamps

    async def carry_out(self, work: Work) -> Outcome:
        kube = (await door(work, self.site)).kube
        if INGRESS not in await noted(kube, namespace()):
            return "unchanged"
        space, service = ingress_namespace(self.site.spec), ingress_service(self.site.spec)
        await take_object(kube, "service", service, work.said, namespace=space)
        await note(kube, namespace(), {INGRESS: ""})
        return "done"


async def remove(site: Site, kube: Kube, tell: Tell) -> None:
    """Take away all that these steps have applied but the namespace; may be repeated. Raises what kubectl raises."""
    space, service = ingress_namespace(site.spec), ingress_service(site.spec)
    await take_object(kube, "service", service, tell, namespace=space)
    known = await noted(kube, namespace())
    for name in (ADDRESSES, CHART):
        await take_away(kube, f"metallb-{name}", _kinds(known, name), tell)


def chart_digest(site: Site) -> str:
    """Return a short name for just this chart with just these values. Raises WizardError for a chart that is none."""
    metallb = wanted(site.spec)
    content = chart_content(site, metallb)
    return _short(
        repr([metallb.version, applied_values(site.spec, metallb), content and sha256(content).hexdigest()]).encode()
    )


def addresses_digest(site: Site) -> str:
    """Return a short name for just these addresses and passwords, "" while one of those is not sealed."""
    key = site.vault.get(STAMP)
    if not all_sealed(site):
        return ""
    text = json.dumps(configuration(wanted(site.spec), lambda peer: sealed(site, peer).reveal()), sort_keys=True)
    return hmac.new(key.reveal().encode() if key else b"", text.encode(), "sha256").hexdigest()[:16]


async def _apply(
    kube: Kube, name: str, objects: Sequence[Manifest], known: Mapping[str, str], digest: str, tell: Tell
) -> None:
    """Apply a set and note its digest; its kinds are noted first, so that half of a set can be taken away too."""
    before = _kinds(known, name)
    both = {f"{name}.{KINDS}": " ".join(sorted({*before, *kinds_of(objects)})), name: ""}
    await note(kube, namespace(), both)
    await bring_about(kube, objects, f"metallb-{name}", namespace=namespace(), before=before, tell=tell)
    await note(kube, namespace(), {f"{name}.{KINDS}": " ".join(kinds_of(objects)), name: digest})


def _kinds(known: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(known.get(f"{name}.{KINDS}", "").split())


def _short(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
