"""From the spec's words for a login to the wire's: where a host is, and how to get there."""

from dataclasses import replace
from pathlib import Path

from wizard.hosts.target import Target
from wizard.spec.reference import located
from wizard.spec.ssh import Ssh


def target_of(name: str, address: str, ssh: Ssh, base: Path) -> Target:
    """Return how to reach one host; `base` is the folder that relative paths start from."""
    config = ssh.config_file
    hop = ssh.bastion
    common = Target(
        name=name,
        address=address,
        port=ssh.port,
        user=ssh.user,
        key=located(ssh.key, base) if ssh.key else None,
        agent=ssh.agent,
        sudo=ssh.sudo,
        connect_timeout_s=ssh.connect_timeout_s,
        config=located(config, base) if config else None,
        known_hosts=located(ssh.known_hosts, base),
    )
    if hop is None:
        return common
    key = located(hop.key, base) if hop.key else None
    bastion = replace(common, name=hop.address, address=hop.address, port=hop.port, user=hop.user, key=key, sudo="none")
    return replace(common, bastion=bastion)
