"""The vendor's install script on a simulated node."""

from string import Template
from urllib.parse import quote

from wizard.profiles import profile
from wizard.simulator.call import Call
from wizard.simulator.fault import data
from wizard.simulator.layout import VERSION
from wizard.simulator.node import Unit

UNITS = ("rke2-server", "rke2-agent")


async def install_online(call: Call) -> int:
    """install_online VERSION ROLE MIRROR PROXY."""
    return await _install(call, "online", call.arg(0))


async def install_from_folder(call: Call) -> int:
    """install_from_folder FOLDER ROLE; what it installs is the demo's version, whatever the files hold."""
    folder = call.arg(0)
    if f"{folder}/install.sh" not in call.node.files:
        call.complain(f"sh: 0: cannot open {folder}/install.sh: No such file")
        return 2
    status = await _install(call, "folder", VERSION)
    if status == 0:
        call.node.files = {path: file for path, file in call.node.files.items() if not path.startswith(f"{folder}/")}
    return status


async def _install(call: Call, kind: str, version: str) -> int:
    words = {"version": version, "quoted": quote(version), "folder": call.arg(0)}
    script = profile("simulator")
    for wait_s, text in script["installs"][kind]:
        await call.site.clock.sleep(wait_s * script["scale"] * call.node.hardware.pace)
        if text:
            call.say(Template(text).safe_substitute(words))
        if "unpacking" in text and call.site.faults.strike(call.node.name, "install"):
            return _full_disk(call)
    call.node.version = version
    for unit in UNITS:
        call.node.units.setdefault(unit, Unit())
    return 0


def _full_disk(call: Call) -> int:
    row = data("install")
    for line in row["says"]:
        call.complain(line)
    return int(row["exit"])


HANDLERS = {"install_online": install_online, "install_from_folder": install_from_folder}
