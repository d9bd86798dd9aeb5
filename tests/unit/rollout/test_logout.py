import os
from pathlib import Path

import pytest

from wizard.rollout.logout import SCOPE, beyond_logout


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a machine of which logind, the user's manager and the right to linger are as told; we are a plain user."""

    def make(*, kills: str = "b true", manager: int = 0, may_linger: bool = True) -> None:
        shown = tmp_path / "lingers"
        scripts = {
            "busctl": f"echo '{kills}'",
            "systemctl": f"exit {manager}",
            "loginctl": f"case $* in *enable-linger*) {'touch' if may_linger else 'false'} {shown};; "
            f"*) [ ! -e {shown} ] && echo no || echo yes;; esac",
        }
        for name, text in scripts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

    return make


def test_where_logind_leaves_processes_alone_nothing_is_put_before_the_engine(machine):
    machine(kills="b false")
    assert beyond_logout().prefix == ()
    assert beyond_logout().said == ""


def test_where_logind_ends_them_the_engine_runs_under_a_manager_that_stays(machine):
    machine()
    assert beyond_logout().prefix == SCOPE
    assert "stays" in beyond_logout().said


@pytest.mark.parametrize(("allowed", "prefix"), [({"may_linger": False}, SCOPE), ({"manager": 1}, ())])
def test_where_nothing_can_stay_the_operator_is_told_to_stay_logged_in(machine, allowed, prefix):
    machine(**allowed)
    assert beyond_logout().prefix == prefix
    assert "stay logged in" in beyond_logout().said


def test_root_is_out_of_logins_reach(machine, monkeypatch):
    machine()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert beyond_logout().prefix == ()
