"""An ssh config as a source of nodes: its includes are followed, and nobody is tried before being picked."""

from pathlib import Path

import pytest

from wizard.design.nodes.ssh_hosts import opened
from wizard.design.nodes.understand import understand


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".ssh"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "conf.d" / "nodes").write_text("Host cp-1\n  HostName 10.0.0.1\n")
    (folder / "conf.d" / "round").write_text("Include conf.d/round\nHost round\n  User a\n")
    return folder


CONFIG = "Include conf.d/* /no/such\nHost git.example.com\n  User git\nHost *\n  User me\n"


def test_ones_own_config_is_a_list_to_pick_from(ssh: Path) -> None:
    text = opened(CONFIG, ssh / "config")
    assert text.splitlines()[1:] == ["# 10.0.0.1 name=cp-1", "# a@round", "# git@git.example.com"]
    assert not understand(text).entries
    assert [entry.name for entry in understand(text.replace("# 10", "10")).entries] == ["cp-1"]


def test_another_config_is_the_list_itself_with_what_it_includes(ssh: Path, tmp_path: Path) -> None:
    text = opened(CONFIG, tmp_path / "vagrant")
    assert [entry.address for entry in understand(text).entries] == ["10.0.0.1", "round", "git.example.com"]


def test_other_lists_and_unreadable_includes_stay_as_they_are(ssh: Path, tmp_path: Path) -> None:
    assert opened("10.0.0.1\n", ssh / "list") == "10.0.0.1\n"
    lone = "Include ~nobody-here/x\nHost a\n  User b\n"
    assert opened(lone, tmp_path / "vagrant") == lone
