"""A bundle for an upgrade brings every release on the way, and says which are inside."""

import asyncio
import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.bundle.publishers import HOSTS, published
from tests.unit.bundle.releases import release_files
from tests.unit.bundle.site import digest_of, write_signed
from tests.unit.bundle.web import serving
from tests.unit.spec.specs import HEAD
from wizard.bundle.carried import carried, kubectl_in
from wizard.bundle.contents.wanted import wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.manifest import Entry
from wizard.cli.main import main
from wizard.errors import Refused
from wizard.upgrade.path import path
from wizard.upgrade.release import Release, known

OLD, BETWEEN, NEW = "v1.33.10+rke2r3", "v1.34.9+rke2r1", "v1.35.6+rke2r1"
UPGRADE = ("--version", NEW, "--upgrade-from", OLD)


def planned(*words: str) -> tuple[int, list[str]]:
    """Run `bundle plan`; return its exit code and the names of what the bundle would bring."""
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(io.StringIO()):
        code = main(["bundle", "plan", *words, "--json"])
    return code, [each["name"] for each in json.loads(said.getvalue())["artifacts"]] if code == 0 else []


@settings(deadline=None)
@given(st.sampled_from(list(known())), st.sampled_from(list(known())))
def test_its_releases_are_those_that_the_upgrade_goes_through(source: Release, target: Release) -> None:
    code, names = planned("--version", str(target), "--upgrade-from", str(source))
    found = list(dict.fromkeys(name.split("/")[1] for name in names if name.startswith("rke2/")))
    try:
        way = path({"cp-1": source}, {"w-1": source}, target)
    except Refused:
        assert code == 3
    else:
        assert (code, found) == ((0, [str(release) for release in way]) if way else (2, []))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("v1.34.2+rke2r1", "v1.35.6+rke2r1"), "no upgrade to an older release"),
        (("v1.34.2+rke2r1", "v1.34.2+rke2r1"), "has no way"),
        (("v1.34.2+rke2r1", "v1.33.99+rke2r1"), "is not among the releases that are known"),
        (("v1.34.2+rke2r1", "v1.20.1+rke2r1"), "nor is its minor"),
        (("v1.34.2+rke2r1", "latest"), "--upgrade-from latest"),
        (("v1.34.2+rke2r1", "v1.32.5-rancher1-1"), "is of RKE1"),
        (("v1.30.14-rancher1-1", "v1.31.9-rancher1-1"), "no upgrade to an older version"),
    ],
)
def test_a_way_that_does_not_lead_there_is_one_clear_error(
    words: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", "plan", "--version", words[0], "--upgrade-from", words[1]]) in (2, 3)
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_release_that_the_spec_s_rancher_does_not_support_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(HEAD + "rancher: {version: 2.13.3, hostname: rancher.example.com}\n")
    assert main(["bundle", "plan", str(spec), "--upgrade-from", "v1.30.14+rke2r4"]) == 3
    assert "the way leads over v1.31" in capsys.readouterr().err


def test_each_release_has_the_archives_of_its_own_ingress() -> None:
    """From 1.36 on a cluster that was begun with nginx keeps it, and it is in no core archive any more."""
    _, names = planned("--version", "v1.36.2+rke2r1", "--upgrade-from", "v1.34.9+rke2r1")
    nginx = [name for name in names if "ingress-nginx" in name and name.endswith(".zst")]
    assert nginx == ["rke2/v1.36.2+rke2r1/rke2-images-ingress-nginx.linux-amd64.tar.zst"]
    _, names = planned("--version", "v1.36.2+rke2r1", "--upgrade-from", "v1.34.9+rke2r1", "--ingress", "traefik")
    traefik = [name.split("/")[1] for name in names if "traefik" in name and name.endswith(".zst")]
    assert traefik
    assert "v1.36.2+rke2r1" not in traefik


def test_the_controller_has_an_image_of_each_release() -> None:
    wish = Wish(NEW, begins=OLD, between=(BETWEEN,), upgrade_controller=True)
    images = {each.name for each in wanted(wish).artifacts if "rke2-upgrade" in each.name}
    assert images == {f"docker.io/rancher/rke2-upgrade:{each.replace('+', '-')}" for each in (BETWEEN, NEW)}


@pytest.mark.parametrize(
    ("begins", "between", "version", "kubectls"),
    [
        ("", (), "v1.34.2+rke2r1", ("v1.34.2",)),
        ("v1.33.10+rke2r3", (), "v1.34.9+rke2r1", ("v1.34.9",)),
        ("v1.33.10+rke2r3", ("v1.34.9+rke2r1",), "v1.35.6+rke2r1", ("v1.35.6", "v1.34.9")),
        (
            "v1.28.15-rancher1-1",
            ("v1.29.15-rancher1-1", "v1.30.14-rancher1-1", "v1.31.9-rancher1-1"),
            "v1.32.5-rancher1-1",
            ("v1.32.5", "v1.29.15"),
        ),
    ],
)
def test_a_kubectl_is_there_for_every_api_server_of_the_way(
    begins: str, between: tuple[str, ...], version: str, kubectls: tuple[str, ...]
) -> None:
    assert Wish(version, begins=begins, between=between).kubectls == kubectls


def test_of_several_kubectls_the_nearest_to_the_release_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    given = []
    for version in ("v1.29.15", "v1.32.5"):
        name = f"kubectl/{version}/linux-amd64/kubectl"
        entry = Entry(kind="file", name=name, sha256=digest_of(version.encode()), source="x", arch="amd64")
        given.append((entry, version.encode()))
    bundle = carried(write_signed(tmp_path, *given), tmp_path)
    assert bundle

    def for_release(release: str) -> bytes:
        found = kubectl_in(bundle, tmp_path, release)
        assert found
        return found.read_bytes()

    assert [for_release(f"v1.{minor}.1-rancher1-1") for minor in (28, 30, 31, 32)] == [
        *2 * [b"v1.29.15"],
        *2 * [b"v1.32.5"],
    ]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("site.rwb", f"site.rwb holds {NEW}; {BETWEEN} is on the way to {NEW}"),
        ("gone.rwb", "gone.rwb: No such file or directory"),
    ],
)
def test_the_way_is_shown_also_where_the_source_has_not_all_of_it_and_that_is_said(
    path: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_signed(tmp_path, *release_files(NEW))
    source = f"source: {{kind: bundle, path: {path}, key: signer.pub}}\n"
    spec = tmp_path / "cluster.yaml"
    spec.write_text(HEAD.replace("v1.34.2+rke2r1", NEW) + source)
    assert main(["upgrade", "plan", str(spec), "--from", OLD]) == 0
    said = capsys.readouterr()
    assert f"2. {BETWEEN} -> {NEW}" in said.out
    assert told in said.err


def test_inspect_says_which_releases_are_inside_and_whether_one_leads_to_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_signed(tmp_path, *release_files(BETWEEN), *release_files(NEW, without="install.sh"))
    assert main(["bundle", "inspect", str(tmp_path / "site.rwb")]) == 0
    said = capsys.readouterr().out
    assert f"release {BETWEEN}: " in said
    assert f"release {NEW}: " in said
    assert ", without install.sh\n" in said
    assert "an upgrade may go from each of these releases to the next" in said
    (tmp_path / "other").mkdir()
    write_signed(tmp_path / "other", *release_files(OLD), *release_files(NEW))
    assert main(["bundle", "inspect", str(tmp_path / "other" / "site.rwb")]) == 0
    assert f"no upgrade goes from {OLD} to {NEW} at once" in capsys.readouterr().out


async def test_a_bundle_of_the_whole_way_is_made_and_its_sizes_are_told_by_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(published()) as web:
        ways = [word for host in HOSTS for word in ("--mirror", f"{host}={web.url}")]
        ways += ["--cache", str(tmp_path / "cache")]
        assert await asyncio.to_thread(main, ["bundle", "plan", *UPGRADE, "--sizes", *ways]) == 0
        sizes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("release ")]
        assert await asyncio.to_thread(main, ["bundle", "plan", *UPGRADE, "--sizes", "--json", *ways]) == 0
        told = json.loads(capsys.readouterr().out)
        create = ["bundle", "create", *UPGRADE, "--no-wizard", "-o", str(tmp_path / "site.rwb"), *ways]
        await asyncio.to_thread(main, create)
    assert [line.split()[1] for line in sizes] == [f"{BETWEEN}:", f"{NEW}:"]
    assert list(told["releases"]) == [BETWEEN, NEW]
    for release, size_bytes in told["releases"].items():
        rows = [each for each in told["artifacts"] if each["name"].startswith(f"rke2/{release}/")]
        assert size_bytes == sum(each["size_bytes"] for each in rows) > 0
    said = capsys.readouterr().out
    assert f"upgrade {OLD} -> {BETWEEN} -> {NEW}: every release of it is inside" in said
    check = ("bundle", "check", str(tmp_path / "site.rwb"), "--unsigned", "--version", NEW)
    main([*check, "--upgrade-from", "v1.32.13+rke2r2"])
    said = capsys.readouterr().out
    assert "not inside, or not whole" in said
    assert f"missing: rke2/{BETWEEN}" not in said
    main([*check, "--upgrade-from", OLD, "--json"])
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["releases"]] == [BETWEEN, NEW]
