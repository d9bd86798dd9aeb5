"""RancherD of both generations: what is planned, written and asked, without a node."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.unit.rke2.conftest import facts_of
from tests.unit.spec.specs import HEAD
from tests.unit.spec.test_rancherd_rule import FIRST, SECOND
from wizard.bundle.contents.wish import Wish
from wizard.cli.main import main
from wizard.distros.rancherd.admin import reset_admin
from wizard.distros.rancherd.install import install
from wizard.distros.rancherd.release import kept
from wizard.distros.rancherd.state import CONFIG, UNIT
from wizard.errand import errand_of
from wizard.errors import BadUsage, Refused, WizardError
from wizard.hosts.output import Result
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Identity, Site
from wizard.spec.load import read_spec
from wizard.vault.vault import Vault

TOKEN = "sesame-sesame-sesame-sesame-sesame"


@pytest.fixture
def make(tmp_path: Path):
    def site(text: str, token: str = "") -> Site:
        spec = read_spec(text.encode(), name="cluster.yaml").spec
        vault = Vault.open(tmp_path)
        if token:
            vault.put("server-token", Secret(token))
        return Site(spec, tmp_path, tmp_path, vault, Survey(), Identity("0123456789abcdef", ("n-1",)))

    return site


def keys(site: Site) -> dict[str, list[str]]:
    return {stage.key: [step.key for step in stage.steps] for stage in install(site).stages}


def config(site: Site, node: str) -> dict:
    file = next(file for file in install(site).files(node) if file.path == CONFIG)
    assert file.mode == 0o600
    return yaml.safe_load(file.shown)


@pytest.mark.parametrize("text", [FIRST, SECOND])
def test_the_first_server_comes_first_and_the_others_one_at_a_time_and_the_end_is_told_once(make, text: str) -> None:
    plan = install(make(text))
    assert [(stage.key, stage.batches) for stage in plan.stages] == [
        ("first-server", (("n-1",),)),
        ("servers", (("n-2",), ("n-3",))),
    ]
    assert plan.notice.startswith("RancherD is discontinued: ")
    assert "new --from SPEC --successor" in plan.notice


def test_the_first_generation_goes_as_rke2_does_with_units_of_its_own(make) -> None:
    site = make(FIRST)
    assert keys(site)["first-server"][-6:] == ["install", "configure", "start", "ready", "credentials", "rancher"]
    assert "door" in keys(site)["servers"]
    config = next(file for file in install(site).files("n-1") if file.path == "/etc/rancher/rke2/config.yaml")
    assert "cni" not in yaml.safe_load(config.shown)


def test_the_second_generation_is_told_all_at_its_first_server_and_how_to_join_at_the_others(make) -> None:
    site = make(SECOND)
    first = config(site, "n-1")
    assert (first["role"], first["kubernetesVersion"], first["rancherVersion"]) == (
        "cluster-init",
        "v1.27.10+rke2r1",
        "v2.8.1",
    )
    assert first["extraConfig"]["node-ip"] == "10.1.0.11"
    assert first["extraConfig"]["cluster-cidr"] == "10.42.0.0/16"
    assert first["rancherValues"] == {"features": "multi-cluster-management=true"}
    other = config(site, "n-2")
    assert other == {"token": "********", "role": "server", "server": "https://10.1.0.11:8443"}
    assert TOKEN not in "".join(file.shown for file in install(make(SECOND, TOKEN)).files("n-1"))


def test_keys_of_a_bucket_are_masked_in_the_plan(make, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = "access_key: {env: A}, secret_key: {env: B}"
    site = make(f"{SECOND}etcd: {{snapshots: {{s3: {{bucket: b, {keys}}}}}}}\n", TOKEN)
    site.vault.put("s3-access-key", Secret("access-in-clear"))
    site.vault.put("s3-secret-key", Secret("secret-in-clear"))
    file = next(file for file in install(site).files("n-1") if file.path == CONFIG)
    assert "in-clear" not in file.shown
    assert "etcd-s3-bucket: b" in file.shown
    assert file.sha256


def ran(site: Site, name: str, **changed: str):
    """The facts of a node on which RancherD has run to its end."""
    files = {file.path: file for file in install(replace(site, survey=Survey())).files(name)}
    lines = [f"file={each.sha256} {each.mode:o} root:root 1000 {path}" for path, each in files.items()]
    lines = [line.replace(files[CONFIG].sha256, changed.get("config", files[CONFIG].sha256)) for line in lines]
    assert UNIT in files
    return facts_of([*lines, f"hostname={name}", f"x.rancherd.marker={site.marker}", "x.rancherd.bootstrapped=yes"])


def test_what_rancherd_would_not_read_any_more_is_refused_before_anything_is_done(make) -> None:
    site = make(SECOND, TOKEN)
    site.survey.learn("n-1", ran(site, "n-1"))
    install(site)
    site.survey.learn("n-1", ran(site, "n-1", config="0" * 64))
    with pytest.raises(Refused, match="n-1: RancherD has run here and reads its configuration no more"):
        install(site)


@pytest.mark.parametrize("harm", ["program", "sums", "damaged"])
def test_a_folder_without_a_proven_program_is_refused_with_what_is_missing(make, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "rancherd-amd64").write_bytes(b"program")
    digest = "24b60e2c5c6c6b5ad5f9d5b1a8a3a2a3f5d6f3e3d6bbf6ff0c1e0c0d0b0a0908"
    (folder / "sha256sum-amd64.txt").write_text(f"{digest}  rancherd-amd64\n")
    if harm != "damaged":
        (folder / {"program": "rancherd-amd64", "sums": "sha256sum-amd64.txt"}[harm]).unlink()
    with pytest.raises(WizardError, match="sha256 is" if harm == "damaged" else "missing in") as caught:
        kept(make(SECOND)).delivery()
    assert caught.value.hint


def test_a_bundle_is_not_made_of_what_nobody_publishes(make) -> None:
    with pytest.raises(BadUsage, match="of RancherD there is nothing") as caught:
        Wish.of(make(SECOND).spec)
    assert "--successor" in caught.value.hint


@pytest.mark.parametrize("errand", ["upgrade", "restore", "snapshot", "certificates", "remove"])
def test_day_two_is_left_to_its_rancher(make, errand: str) -> None:
    with pytest.raises(Refused, match="is one of RancherD") as caught:
        errand_of(make(SECOND).spec, errand)
    assert "Rancher looks after it from then on" in caught.value.hint


@pytest.mark.parametrize("verb", ["reset-admin", "password"])
def test_a_password_goes_into_no_pipe(tmp_path: Path, capsys, verb: str) -> None:
    (tmp_path / "cluster.yaml").write_text(SECOND)
    assert main(["rancherd", verb, str(tmp_path / "cluster.yaml")]) == 2
    assert "a password is shown on a terminal alone, and this is none" in capsys.readouterr().err


def test_only_rancherd_has_such_an_admin(tmp_path: Path, capsys) -> None:
    (tmp_path / "cluster.yaml").write_text(HEAD)
    assert main(["rancherd", "reset-admin", str(tmp_path / "cluster.yaml"), "--seal"]) == 2
    assert "distribution is rke2, not rancherd" in capsys.readouterr().err


class Says:
    """A server on which `rancherd reset-admin` prints what a test wants."""

    name = "n-1"

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    async def run(self, script, *args, **options) -> Result:
        return Result(0, self.lines, ())


@pytest.mark.parametrize(
    "line",
    [
        'time="…" level=info msg="Default admin and password created. Username: admin, Password: s3c,r3t"',
        'time="…" level=info msg="Default admin reset. New username: admin, new Password: s3c,r3t"',
        "INFO[0000] Default admin and password created. Username: admin, Password: s3c,r3t",
    ],
)
async def test_the_new_password_of_the_admin_is_read_and_never_shown(line: str) -> None:
    admin = await reset_admin(Says('msg="Server URL: https://10.0.0.11:8443"', line))
    assert (admin.user, admin.password.reveal(), admin.url) == ("admin", "s3c,r3t", "https://10.0.0.11:8443")
    assert "s3c" not in repr(admin)


async def test_what_is_not_understood_is_told_without_the_lines_that_may_hold_the_password() -> None:
    with pytest.raises(WizardError) as caught:
        await reset_admin(Says("cluster and rancher are not ready. Please try later", "a password=s3cr3t"))
    assert "not ready" in caught.value.message
    assert "s3cr3t" not in caught.value.message
