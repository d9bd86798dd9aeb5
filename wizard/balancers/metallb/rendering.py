"""MetalLB's chart as the objects that it is made of, rendered by helm on this machine.

The same chart, with the same values, as RKE2 installs by itself; for clusters in which nothing installs charts.
"""

import asyncio
import tempfile
from pathlib import Path

import yaml

from wizard.balancers.manifest import as_text
from wizard.balancers.metallb.chart import RELEASE, applied_values
from wizard.balancers.metallb.files import chart_content, wanted
from wizard.balancers.metallb.objects import Manifest, namespace
from wizard.errors import WizardError
from wizard.loader import LOADER
from wizard.profiles import profile
from wizard.rancher.helm import Helm
from wizard.site import Site

RENDER_S = 180.0
_HOOK = "helm.sh/hook"


async def rendered(site: Site) -> tuple[Manifest, ...]:
    """Return the chart's objects, definitions of kinds first; helm fetches the chart where it does not lie at hand.

    Raises WizardError with what helm said, or where there is no helm.
    """
    metallb = wanted(site.spec)
    with tempfile.TemporaryDirectory(prefix=".metallb-", dir=site.state) as name:
        folder = Path(name)
        helm = await Helm.find(site, folder)
        values, out = folder / "values.yaml", folder / "out"
        values.write_text(as_text(applied_values(site.spec, metallb)), encoding="utf-8")
        chart = await asyncio.to_thread(_chart, site, folder)
        kubernetes = site.spec.version.partition("-")[0]
        words = ("template", RELEASE, *chart, "--namespace", namespace(), "--kube-version", kubernetes)
        more = ("--include-crds", "--values", str(values), "--output-dir", str(out))
        ended = await helm.run((*words, *more), timeout_s=RENDER_S)
        if ended.status != 0:
            said = next((line for line in reversed(ended.lines) if line.strip()), "it said nothing")
            what = f"helm can not render metallb {metallb.version}: {said[:300]}"
            raise WizardError(what, hint="Name the chart's .tgz as metallb.chart, or let this machine fetch it.")
        return await asyncio.to_thread(_objects, out)


def _chart(site: Site, folder: Path) -> tuple[str, ...]:
    """Return how helm is told where the chart is."""
    metallb, where = wanted(site.spec), profile("metallb")["chart"]
    content = chart_content(site, metallb)
    if content is None:
        return (where["name"], "--repo", where["repository"], "--version", metallb.version)
    archive = folder / f"{RELEASE}-{metallb.version}.tgz"
    archive.write_bytes(content)
    return (str(archive),)


def _objects(out: Path) -> tuple[Manifest, ...]:
    found: list[Manifest] = []
    for path in sorted(out.rglob("*.yaml")):
        try:
            documents = list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=LOADER))
        except (yaml.YAMLError, ValueError) as error:
            what = f"{path.name} of the chart is not YAML: {str(error)[:120]}"
            raise WizardError(what, hint="Is metallb.chart the chart of MetalLB?") from None
        found += [each for each in documents if isinstance(each, dict) and not _hook(each)]
    if not found:
        raise WizardError("the chart renders to nothing", hint="Is metallb.chart the chart of MetalLB?")
    return tuple(sorted(found, key=lambda each: each.get("kind") != "CustomResourceDefinition"))


def _hook(each: Manifest) -> bool:
    return _HOOK in ((each.get("metadata") or {}).get("annotations") or {})
