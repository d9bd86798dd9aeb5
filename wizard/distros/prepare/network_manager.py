"""NetworkManager kept off the interfaces of the network plugin, and its cloud setup turned off."""

from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.script import load_script
from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.site import sha256

ROOM = Path(__file__).parent
RUNS = load_script(ROOM, "network_manager_runs")
RELOAD = load_script(ROOM, "reload_network_manager")
CLOUD_SETUP_OFF = load_script(ROOM, "cloud_setup_off")
CLOUD_UNITS = ("nm-cloud-setup.service", "nm-cloud-setup.timer")

PATH = "/etc/NetworkManager/conf.d/rke2-canal.conf"
# Source: RKE2 documentation, "Known Issues", NetworkManager.
INTERFACES = (
    "flannel*",
    "cali*",
    "tunl*",
    "vxlan.calico",
    "vxlan-v6.calico",
    "wireguard.cali",
    "wg-v6.cali",
)


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """Settled where NetworkManager does not run, or has the file."""

    key: str = "networkmanager"
    title: str = "Keep NetworkManager off pod interfaces"
    timeout_s: float = 60.0
    expected_s: float = 0.3

    def text(self) -> str:
        """The text of NetworkManager's drop-in."""
        names = ";".join(f"interface-name:{name}" for name in INTERFACES)
        return f"# Written by rancher-wizard\n[keyfile]\nunmanaged-devices={names}\n"

    def files(self, node: str) -> tuple[File, ...]:
        return (File(PATH, self.text(), sha256=sha256(self.text())),)

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        if facts is None:
            return False
        active, _ = facts.units.get("NetworkManager", ("inactive", ""))
        return active != "active" or self.files(node)[0].in_place(facts)

    async def carry_out(self, work: Work) -> Outcome:
        if (await work.host.run(RUNS, timeout_s=30)).lines[-1:] != ("active",):
            return "unchanged"
        if not await write_file(work.host, PATH, self.text().encode()):
            return "unchanged"
        await work.host.run(RELOAD, timeout_s=30)
        return "done"


@dataclass(frozen=True, slots=True)
class CloudSetupOff(Fileless):
    """Settled when neither of the units is enabled or runs: while they do, RKE2's unit may refuse to start."""

    key: str = "cloud-setup"
    title: str = "Turn nm-cloud-setup off"
    timeout_s: float = 60.0
    expected_s: float = 0.3

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        if facts is None:
            return False
        states = [facts.units.get(unit.removesuffix(".service"), ("inactive", "disabled")) for unit in CLOUD_UNITS]
        return all(active != "active" and enabled != "enabled" for active, enabled in states)

    async def carry_out(self, work: Work) -> Outcome:
        result = await work.host.run(CLOUD_SETUP_OFF, *CLOUD_UNITS, timeout_s=50)
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"
