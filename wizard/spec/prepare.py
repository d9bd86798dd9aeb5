"""What may be changed on the nodes beside the distribution itself."""

from typing import Literal

from pydantic import Field

from wizard.spec.field import Part


class Prepare(Part):
    """What the wizard may change on the nodes beside installing RKE2."""

    sysctl: bool = Field(default=True, description="Write the kernel settings that RKE2 needs. Default: true.")
    modules: bool = Field(default=True, description="Load the kernel modules RKE2 needs, at boot too. Default: true.")
    networkmanager: bool = Field(
        default=True, description="Tell NetworkManager to leave the CNI's interfaces alone. Default: true."
    )
    swap_off: bool = Field(default=False, description="Turn swap off, now and in /etc/fstab. Default: false.")
    firewall: Literal["leave", "open"] = Field(
        default="leave",
        description="open: open the cluster's and the balancers' ports in it; leave: touch nothing. Default: leave.",
    )
    nm_cloud_setup_off: bool = Field(
        default=False, description="Disable nm-cloud-setup, which breaks pod routes. Default: false."
    )
