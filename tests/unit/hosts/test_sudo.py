"""Becoming root, with a sudo that is a shim on the node's PATH."""

from pathlib import Path

import pytest

from tests.unit.hosts.site import Node, Site
from wizard.errors import SudoRefused
from wizard.hosts.script import Script
from wizard.hosts.target import Credentials
from wizard.secret import Secret

WHO = Script("who", 'echo "root=${SHIM_ROOT-no}"; cat')

SUDO = r"""#!/bin/sh
ask=yes reads=no
while :; do
  case $1 in
    -n) ask=no ;;
    -k) ;;
    -S) reads=yes ;;
    -p) shift ;;
    --) shift; break ;;
    *) break ;;
  esac
  shift
done
rule=RULE
export SHIM_ROOT=yes
case $rule in
  free) exec "$@" ;;
  nobody) echo "ops is not in the sudoers file." >&2; exit 1 ;;
  tty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
esac
if [ $ask = no ]; then echo "sudo: a password is required" >&2; exit 1; fi
IFS= read -r word
if [ "$word" = "$rule" ]; then exec "$@"; fi
echo "Sorry, try again." >&2
echo "sudo: 1 incorrect password attempt" >&2
exit 1
"""


async def node_with(site: Site, tmp_path: Path, rule: str, name: str = "cp-1") -> Node:
    node = await site.add(name)
    node.shims = tmp_path / f"shims-{name}"
    node.shims.mkdir()
    sudo = node.shims / "sudo"
    sudo.write_text(SUDO.replace("RULE", f"'{rule}'"))
    sudo.chmod(0o755)
    return node


async def test_root_needs_no_sudo(site: Site, tmp_path: Path) -> None:
    node = await node_with(site, tmp_path, "nobody")
    host = site.wire(site.target("cp-1", user="root")).host("cp-1")
    assert (await host.run(WHO, stdin=b"in", timeout_s=20)).lines == ("root=no", "in")
    assert not [command for command in node.commands if "sudo" in command]


async def test_a_user_that_may_everything_is_asked_about_it_once(site: Site, tmp_path: Path) -> None:
    node = await node_with(site, tmp_path, "free")
    host = site.wire(site.target("cp-1", user="ops")).host("cp-1")
    for _ in range(3):
        assert (await host.run(WHO, stdin=b"in", timeout_s=20)).lines == ("root=yes", "in")
    assert [command for command in node.commands if "rw:" not in command] == ["sudo -n true"]
    assert node.commands[1].startswith("sudo -n -- env LC_ALL=C PATH=")


async def test_auto_names_the_next_move_when_sudo_wants_a_password(site: Site, tmp_path: Path) -> None:
    await node_with(site, tmp_path, "pass word")
    host = site.wire(site.target("cp-1", user="ops")).host("cp-1")
    with pytest.raises(SudoRefused, match="cp-1: sudo asks ops for a password") as failure:
        await host.run(WHO, timeout_s=20)
    assert "ssh.sudo: password" in failure.value.hint


async def test_the_password_goes_to_sudo_alone(site: Site, tmp_path: Path) -> None:
    node = await node_with(site, tmp_path, "pass word")
    credentials = Credentials(sudo_password=Secret("pass word"))
    host = site.wire(site.target("cp-1", user="ops", sudo="password"), credentials=credentials).host("cp-1")
    assert (await host.run(WHO, stdin=b"in\n", timeout_s=20)).lines == ("root=yes", "in")
    assert (await host.run(WHO, timeout_s=20)).lines == ("root=yes",)
    assert not [command for command in node.commands if "pass word" in command]


async def test_a_password_that_sudo_does_not_ask_for_never_becomes_the_script_s_input(
    site: Site, tmp_path: Path
) -> None:
    await node_with(site, tmp_path, "free")
    credentials = Credentials(sudo_password=Secret("pass word"))
    host = site.wire(site.target("cp-1", user="ops", sudo="password"), credentials=credentials).host("cp-1")
    assert (await host.run(WHO, stdin=b"in", timeout_s=20)).lines == ("root=yes", "in")


async def test_a_wrong_password_stops_that_node_alone(site: Site, tmp_path: Path) -> None:
    await node_with(site, tmp_path, "pass word", "right")
    await node_with(site, tmp_path, "another", "wrong")
    credentials = Credentials(sudo_password=Secret("pass word"))
    targets = [site.target(name, user="ops", sudo="password") for name in ("right", "wrong")]
    wire = site.wire(*targets, credentials=credentials)
    await wire.host("right").run(WHO, timeout_s=20)
    with pytest.raises(SudoRefused, match="wrong: sudo refused the password of ops") as failure:
        await wire.host("wrong").run(WHO, timeout_s=20)
    assert "pass word" not in str(failure.value) + failure.value.hint


@pytest.mark.parametrize(
    ("rule", "what"), [("nobody", "sudo allows nothing"), ("tty", "sudo wants a terminal"), ("x", "none was given")]
)
async def test_what_sudo_refuses_is_told_apart(site: Site, tmp_path: Path, rule: str, what: str) -> None:
    await node_with(site, tmp_path, rule)
    with pytest.raises(SudoRefused, match=what) as failure:
        await site.wire(site.target("cp-1", user="ops", sudo="password")).host("cp-1").run(WHO, timeout_s=20)
    assert failure.value.hint
