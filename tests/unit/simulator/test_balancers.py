"""A simulated pair of balancers: the product's own steps bring it up, and it stands as a real one does."""

from pathlib import Path

from wizard.simulator.draft import seed
from wizard.simulator.layout import VIP, Layout


def test_a_design_of_the_demo_keeps_the_balancers_of_its_site(tmp_path: Path) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(Layout.of(6, 3, balancers=True).spec(2222))
    front = seed(spec).carried["balancer"]
    assert front["vip"] == VIP
    assert [machine["name"] for machine in front["nodes"]] == ["lb-1", "lb-2"]
