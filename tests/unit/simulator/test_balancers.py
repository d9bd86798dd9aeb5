"""A simulated pair of balancers: the product's own steps bring it up, and it stands as a real one does."""

from pathlib import Path

from wizard.design.compose import compose_draft
from wizard.simulator.draft import seed
from wizard.simulator.layout import VIP, Layout
from wizard.spec.load import read_spec
from wizard.spec.models import Spec


def test_a_design_of_the_demo_keeps_the_balancers_of_its_site(tmp_path: Path) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(Layout.of(6, 3, balancers=True).spec(2222))
    composed = load(compose_draft(seed(spec)), tmp_path)
    assert composed.balancer == load(spec.read_text(), tmp_path).balancer
    assert composed.balancer
    assert composed.balancer.vip == VIP


def load(text: str, folder: Path) -> Spec:
    return read_spec(text.encode(), name=str(folder / "cluster.yaml")).spec
