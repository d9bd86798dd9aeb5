"""The plans for the system-upgrade-controller: only what its schema knows, one server at a time, nobody unasked."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke2.conftest import HEAD
from wizard.bundle.contents.upgrade_controller import by_controller
from wizard.spec.hours import Hours
from wizard.spec.load import read_spec
from wizard.spec.models import Spec
from wizard.upgrade.controller.plans import HANDED, LATE_MIN, plans
from wizard.upgrade.release import Release, known

FIELDS = yaml.safe_load(Path(__file__).with_name("plan_fields.yaml").read_text())
PLAIN = {"text": str, "flag": bool, "number": int, "any": object}


def faults(value: Any, kind: Any, place: str) -> list[str]:
    """What of a value its kind does not allow."""
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{place}: no list"]
        return [said for each in value for said in faults(each, kind[0], f"{place}[]")]
    if kind == "text or number":
        return [] if type(value) in (str, int) else [f"{place}: {value!r}"]
    if kind == "texts":
        return [said for key, each in value.items() for said in faults(each, "text", f"{place}.{key}")]
    if kind in PLAIN:
        fits = kind == "any" or type(value) is PLAIN[kind]
        return [] if fits else [f"{place}: {value!r} is no {kind}"]
    fields = FIELDS[kind]
    if "one of" in fields:
        return [] if value in fields["one of"] else [f"{place}: {value!r}"]
    must = {key[:-1] for key in fields if key.endswith("!")}
    known_fields = {key.removesuffix("!"): each for key, each in fields.items()}
    found = [f"{place}.{key}: missing" for key in must - value.keys()]
    found += [f"{place}.{key}: unknown" for key in value.keys() - known_fields.keys()]
    return found + [
        said for key in value.keys() & known_fields.keys() for said in faults(value[key], known_fields[key], key)
    ]


def spec(upgrade: str = "", *, agents: int = 3, rollout: str = "") -> Spec:
    nodes = ["  - {name: cp-1, address: 10.0.0.1, role: server}"]
    nodes += [f"  - {{name: w-{n}, address: 10.0.{n // 250 + 1}.{n % 250 + 1}, role: agent}}" for n in range(agents)]
    wide = "network: {cluster_cidr: 172.16.0.0/13}\n" if agents > 200 else ""
    text = HEAD + wide + "nodes:\n" + "\n".join(nodes) + f"\nupgrade: {{{upgrade}}}\n" + rollout
    return read_spec(text.encode(), name="cluster.yaml").spec


minutes = st.integers(0, 1439)
settings = st.builds(
    lambda drain, timeout, empty, force, begin, end: (
        f"drain: {drain}, drain_timeout_s: {timeout}, delete_emptydir_data: {empty}, force: {force}"
        + (f", hours: '{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}'" if begin != end else "")
    ),
    st.sampled_from(["all", "agents", "none"]),
    st.integers(10, 86_400),
    st.sampled_from(["true", "false"]),
    st.sampled_from(["true", "false"]),
    minutes,
    minutes,
)


@given(settings, st.sampled_from(list(known())), st.integers(-12 * 60, 14 * 60))
def test_every_plan_is_what_the_schema_allows(upgrade: str, release: Release, offset_min: int) -> None:
    for each in plans(spec(upgrade), release, timedelta(minutes=offset_min)):
        assert faults(dict(each), "Plan", "") == []


def test_the_schema_names_what_it_does_not_know() -> None:
    plan: dict[str, Any] = yaml.safe_load(yaml.safe_dump(plans(spec(), Release.of("v1.34.9+rke2r1"))[0]))
    plan["spec"] |= {"concurrency": "1", "pause": True, "window": {"days": ["someday"]}}
    del plan["spec"]["upgrade"]
    said = " ".join(faults(plan, "Plan", ""))
    assert all(word in said for word in ("upgrade: missing", "pause: unknown", "'1' is no number", "'someday'"))


def test_servers_go_one_at_a_time_and_agents_by_the_share_of_the_spec_after_them() -> None:
    server, agent = plans(spec(agents=40), Release.of("v1.34.9+rke2r1"))
    assert (server["spec"]["concurrency"], agent["spec"]["concurrency"]) == (1, 4)
    assert agent["spec"]["prepare"] == {"image": "rancher/rke2-upgrade", "args": ["prepare", "rancher-wizard-servers"]}
    assert "prepare" not in server["spec"]
    few = spec(agents=40, rollout="rollout: {workers: {at_once: 2}}\n")
    assert plans(few, Release.of("v1.34.9+rke2r1"))[1]["spec"]["concurrency"] == 2


@given(st.sampled_from(list(known())))
def test_nobody_is_taken_who_was_not_handed_over_for_this_very_release(release: Release) -> None:
    for each in plans(spec(), release):
        assert each["spec"]["version"] == str(release)
        assert each["spec"]["nodeSelector"]["matchLabels"] == {HANDED: str(release).replace("+", "-")}


def test_an_image_whose_prepare_waits_for_ever_is_not_asked_to_prepare() -> None:
    assert "prepare" not in plans(spec(), Release.of("v1.34.1+rke2r1"))[1]["spec"]
    assert "prepare" in plans(spec(), Release.of("v1.33.7+rke2r3"))[1]["spec"]


def test_the_drain_is_the_one_of_the_spec() -> None:
    server, agent = plans(spec("drain: agents, drain_timeout_s: 90, force: true"), Release.of("v1.34.9+rke2r1"))
    assert "drain" not in server["spec"]
    drain = {"timeout": "90s", "ignoreDaemonSets": True, "deleteEmptydirData": True, "force": True}
    assert agent["spec"]["drain"] == drain
    assert agent["spec"]["jobActiveDeadlineSecs"] == 990


def test_hours_go_by_utc_and_over_midnight() -> None:
    window = plans(spec("hours: '22:00-05:00'"), Release.of("v1.34.9+rke2r1"), timedelta(hours=2))[0]["spec"]["window"]
    assert (window["startTime"], window["endTime"], window["timeZone"]) == ("20:00", "03:05", "UTC")


@given(minutes, minutes, st.integers(-12 * 60, 14 * 60), minutes)
def test_whoever_is_begun_within_the_hours_is_taken(begin: int, end: int, offset_min: int, moment: int) -> None:
    if begin == end:
        return
    hours = Hours(begin, end)
    text = f"hours: '{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}'"
    found = plans(spec(text), Release.of("v1.34.9+rke2r1"), timedelta(minutes=offset_min))[0]["spec"].get("window")
    here = datetime(2026, 3, 2) + timedelta(minutes=moment)
    if hours.opens(here) != here or found is None:
        return
    utc = (moment - offset_min) % 1440
    first, last = (int(found[key][:2]) * 60 + int(found[key][3:]) for key in ("startTime", "endTime"))
    for late in (0, LATE_MIN - 1):
        at = (utc + late) % 1440
        assert (first <= at <= last) if first <= last else (at >= first or at <= last)


@pytest.mark.parametrize(
    ("upgrade", "agents", "wanted"),
    [("", 300, False), ("", 301, True), ("by: ssh", 301, False), ("by: controller", 1, True)],
)
def test_above_some_hundred_agents_or_when_asked(upgrade: str, agents: int, wanted: bool) -> None:
    assert by_controller(spec(upgrade, agents=agents)) is wanted
