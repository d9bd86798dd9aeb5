"""A schedule of snapshots: as servers have it, and another one rolled out one server at a time."""

import json

from tests.unit.rke2.conftest import MakeSite, facts_of
from tests.unit.upkeep.test_upkeep import ALL, FOLDER, running
from wizard.distros.rke2.config import AGENT_TOKEN, CA_HASH, SERVER_TOKEN, planned
from wizard.errors import Unreachable
from wizard.site import Site
from wizard.upkeep.schedule import kept, lines, reconfigure, record

SECRETS = {SERVER_TOKEN: "s" * 32, AGENT_TOKEN: "a" * 32, CA_HASH: "ab" * 32}
WEEKLY = 'etcd: {snapshots: {schedule: "@weekly", retention: 3}}\n'


def configured(site: Site, *servers: str) -> Site:
    """Servers that have the spec's files, beside what a running cluster tells."""
    running(site)
    for name in servers:
        files = [f"file={file.sha256} 600 root:root 100 {file.path}" for file in planned(site, site.spec.node(name))]
        listed = [f"x.rke2.node={each} True v1.34.2+rke2r1 {'True' if each.startswith('cp') else ''}" for each in ALL]
        taken = [f"x.rke2.snapshot=1000 {100 + k} {FOLDER}/etcd-snapshot-{name}-{100 + k}" for k in range(2)]
        site.survey.learn(name, facts_of([*listed, *files, *taken]))
    return site


def test_servers_that_differ_get_it_one_at_a_time_with_etcd_proven(make_site: MakeSite) -> None:
    plan = reconfigure(configured(make_site(WEEKLY, secrets=SECRETS), "cp-2"))
    stage, last = plan.stages
    assert last.key == "credentials"
    assert stage.batches == (("cp-1",), ("cp-3",))
    assert [step.key for step in stage.steps] == [
        *("reach", "quorum-before", "configure", "start", "ready", "quorum-after")
    ]
    assert "etcd-snapshot-schedule-cron: '@weekly'" in plan.files("cp-1")[0].shown


def test_where_all_have_it_nothing_is_done(make_site: MakeSite) -> None:
    assert reconfigure(configured(make_site(WEEKLY, secrets=SECRETS), "cp-1", "cp-2", "cp-3")).empty


def test_what_servers_have_is_told_beside_what_is_wanted(make_site: MakeSite) -> None:
    site = configured(make_site(WEEKLY, secrets=SECRETS), "cp-1")
    del site.survey.facts["cp-3"]
    site.survey.failures["cp-3"] = Unreachable("cp-3", "no route to host")
    found = kept(site)
    told = list(lines(site, found))
    assert told[0].startswith('each server: "@weekly", the newest 3 kept')
    assert "as the spec says; 2 by schedule" in told[1]
    assert "differs" in told[2]
    assert told[3].endswith("no route to host")
    assert json.loads(json.dumps(record(site, found)))["servers"][0]["by_schedule"] == 2


def test_none_by_schedule_is_said(make_site: MakeSite) -> None:
    site = configured(make_site("etcd: {snapshots: {enabled: false}}\n", secrets=SECRETS), "cp-1")
    assert next(lines(site, kept(site))) == "each server: no snapshots by schedule"
