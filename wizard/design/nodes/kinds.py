"""What kind of list a text is, told from its looks."""

import re
from collections.abc import Sequence
from functools import partial

from wizard.design.nodes.columns import read_columns
from wizard.design.nodes.free import read_free
from wizard.design.nodes.ini import read_ini
from wizard.design.nodes.reading import Reader
from wizard.design.nodes.ssh_config import read_ssh_config
from wizard.design.nodes.table import table_of
from wizard.design.nodes.yaml_inventory import read_yaml

SSH_CONFIG = "an ssh config"
_SECTION = re.compile(r"\[[A-Za-z_][A-Za-z0-9_.-]{0,80}(:(children|vars|hosts))?\]\s*([#;].*)?")
_SSH_HOST = re.compile(r"\s*(?:host|match)(?:\s+|\s*=\s*)\S", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:Host|Match)\s+\S")
_SSH_OPTION = re.compile(
    r"\s*(?:hostname|user|port|identityfile|identitiesonly|proxyjump|proxycommand|forwardagent|addkeystoagent"
    r"|stricthostkeychecking|userknownhostsfile|serveraliveinterval)(?:\s+|\s*=\s*)\S",
    re.IGNORECASE,
)
_GROUP = re.compile(r"(?:---|[A-Za-z_][A-Za-z0-9_.-]{0,80}:)\s*(?:#.*)?")
_MEMBERS = re.compile(r"\s*(?:hosts|children)\s*:(?:\s|$)")


def kind_of(lines: Sequence[str]) -> tuple[str, Reader]:
    """Return what the lines are, in words, and what reads them."""
    said = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if any(map(_SSH_HOST.match, said)) and (any(map(_SSH_OPTION.match, said)) or all(map(_BARE_HOST.match, said))):
        return SSH_CONFIG, read_ssh_config
    if any(map(_SECTION.fullmatch, said)):
        return "an Ansible inventory (INI)", read_ini
    if said and _GROUP.fullmatch(said[0]) and any(map(_MEMBERS.match, said)):
        return "an Ansible inventory (YAML)", read_yaml
    if table := table_of(lines):
        return table.kind, partial(read_columns, table=table)
    return "a list in free form", read_free
