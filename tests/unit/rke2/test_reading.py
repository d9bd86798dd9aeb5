from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.distros.rke2.reading import Reading, milestones, troubles

LOG = (Path(__file__).parent / "data" / "first-start-v1.28.11.log").read_text().splitlines()


def test_a_real_first_start_is_followed_from_its_first_line_to_up():
    reading = Reading("server")
    seen = []
    for line in LOG:
        reading.take(line)
        seen.append(reading.percent)
    assert seen == sorted(seen)
    assert seen[-1] == 95
    assert len(set(seen)) >= 12


def test_nothing_in_a_healthy_start_ends_the_wait():
    reading = Reading("server")
    for line in LOG:
        reading.take(line)
        assert reading.stopped_by is None, line


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('level=fatal msg="token CA hash does not match the Cluster CA certificate hash: a != b"', "another cluster"),
        ('level=fatal msg="listen tcp :6443: bind: address already in use"', "port"),
        ('level=fatal msg="duplicate node name found, please use a unique name for this node"', "etcd members"),
        ('level=error msg="write /var/lib/rancher/x: no space left on device"', "disk is full"),
    ],
)
def test_a_line_that_no_waiting_mends_stops_with_cause_and_next_move(line, cause):
    reading = Reading("server")
    reading.take(line)
    trouble, seen = reading.stopped_by
    assert cause in trouble.cause
    assert trouble.next_move
    assert seen == line


def test_a_refused_token_stops_only_when_it_comes_again_and_again():
    reading = Reading("agent")
    line = 'msg="Waiting to retrieve agent configuration; server is not ready: https://x/v1-rke2/: 401 Unauthorized"'
    reading.take(line)
    assert reading.stopped_by is None
    assert "token" in reading.likely[0].cause
    reading.take(line)
    reading.take(line)
    assert reading.stopped_by


@given(st.lists(st.text(max_size=200), max_size=20))
def test_any_text_is_taken(lines):
    reading = Reading("agent")
    for line in lines:
        reading.take(line)
    assert 0 <= reading.percent <= 100


def test_each_row_of_the_profiles_says_what_it_means_and_what_to_do():
    assert all(trouble.cause and trouble.next_move for trouble in troubles())
    for role in ("server", "agent"):
        percents = [milestone.percent for milestone in milestones(role)]
        assert all(0 < percent < 100 for percent in percents)
        assert all(milestone.says for milestone in milestones(role))


@pytest.mark.parametrize(
    ("start", "cause"),
    [
        ('level=fatal msg="{}/cred/passwd', "agent-token"),
        ("FATA[0000] {}/cred/passwd", "agent-token"),
        ('level=fatal msg="{0}/tls/client-ca.key, {0}/cred/passwd', "another start"),
        ('level=fatal msg="{}/cred/ipsec.psk', "another start"),
    ],
)
def test_a_changed_token_of_agents_is_told_from_files_of_another_start(start: str, cause: str) -> None:
    reading = Reading("server")
    files = start.format("/var/lib/rancher/rke2/server")
    reading.take(f"{files} newer than datastore and could cause a cluster outage. Remove the file(s) from disk")
    assert reading.stopped_by
    assert cause in reading.stopped_by[0].cause
