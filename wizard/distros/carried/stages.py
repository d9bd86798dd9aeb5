"""The stages that bring images to nodes: from node to node first where that is quicker, then loaded in turn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wizard.bundle.spread.predict import AT_ONCE as AT_ONCE_SPREAD
from wizard.bundle.spread.predict import Prediction
from wizard.bundle.spread.rates import Rates
from wizard.bundle.spread.spreading import Spreading
from wizard.distros.carried.sending import Coming, SendImages
from wizard.rollout.batches import batches
from wizard.rollout.plan import Stage
from wizard.rollout.step import Step
from wizard.site import Site

AT_ONCE = 20
"""Nodes that load images together: what they lack by then comes from here."""


@dataclass(frozen=True, slots=True)
class Bringing:
    """How nodes get images: `coming` tells what one gets, `load` is the step that has its runtime take them."""

    coming: Coming
    load: Step
    called: str = ""
    """What the stages' keys begin with."""
    to: str = ""
    """What their titles end with."""


def image_stages(site: Site, sizes_bytes: Mapping[str, int], bringing: Bringing) -> Iterator[Stage]:
    """Yield the stages for the nodes of `sizes_bytes`, which may have to get so much; none for no node.

    From node to node, where that is quicker or the spec says so, all get everything before any loads it.
    """
    names = tuple(sizes_bytes)
    if not names:
        return
    if send := _from_node_to_node(site, sizes_bytes, bringing.coming):
        at_once = min(AT_ONCE_SPREAD, len(names))
        cut, title = batches(names, at_once=at_once), f"Images from node to node{bringing.to}"
        yield Stage(f"{bringing.called}spread", title, "nodes", cut, (send,), at_once=at_once)
    cut = batches(names, at_once=AT_ONCE)
    title = f"Images{bringing.to}"
    yield Stage(f"{bringing.called}images", title, "nodes", cut, (bringing.load,), at_once=AT_ONCE)


def _from_node_to_node(site: Site, sizes_bytes: Mapping[str, int], coming: Coming) -> SendImages | None:
    """Return the step by which nodes hand images on; None where each gets them from here."""
    prediction, asked = Prediction(sizes_bytes, Rates.known(site.state)), site.spec.source.spread
    # RKE2's embedded registry hands on its own images; those of charts are of registries that it does not serve.
    way = asked if asked in ("star", "fan-out") else prediction.quicker
    if way != "fan-out" or len(sizes_bytes) < 2:
        return None
    spreading = Spreading(lambda name: site.spec.node(name).inner_address)
    spreading.enter(*sizes_bytes)
    at_once = min(AT_ONCE_SPREAD, len(sizes_bytes))
    return SendImages(coming, spreading, prediction.fan_out_s / -(-len(sizes_bytes) // at_once))
