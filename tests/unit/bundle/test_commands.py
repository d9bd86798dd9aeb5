"""The bundle's commands, as a shell sees them."""

import pytest

from tests.unit.bundle.publishers import write_spec
from tests.unit.bundle.site import INSTALL, file_entry, site_manifest, write_site
from wizard.bundle.format.manifest import new_manifest
from wizard.cli.main import main


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with a signed bundle, whose key is not trusted yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write_site(tmp_path / "site.rwb")
    assert main(["bundle", "keygen", "ops", "--comment", "ops"]) == 0
    assert main(["bundle", "sign", "site.rwb", "--key", "ops"]) == 0


@pytest.fixture
def trusted(place, capsys):
    assert main(["bundle", "trust", "ops.pub"]) == 0
    capsys.readouterr()


def test_a_bundle_of_nobody_we_trust_is_refused_with_both_fingerprints(capsys):
    assert main(["bundle", "verify", "site.rwb"]) == 3
    said = capsys.readouterr().err
    assert "is signed by SHA256:" in said
    assert "trusted is nobody" in said
    assert main(["bundle", "verify", "site.rwb", "--key", "ops.pub"]) == 0


def test_a_trusted_bundle_is_whole(trusted, capsys):
    assert main(["bundle", "verify", "site.rwb"]) == 0
    assert capsys.readouterr().out == "site.rwb: whole, 4 files, 1 image: 3.0 KiB; signed by ops\n"


def test_a_wrong_blob_is_named(trusted, tmp_path, capsys):
    path = tmp_path / "site.rwb"
    path.write_bytes(path.read_bytes().replace(INSTALL, b"#!/bin/su\n"))
    assert main(["bundle", "verify", "site.rwb"]) == 3
    assert "of rke2/v1.34.2+rke2r1/install.sh: sha256 is" in capsys.readouterr().err


def test_an_unsigned_one_is_taken_only_on_the_operator_s_own_word(trusted, tmp_path, capsys):
    write_site(tmp_path / "unsigned.rwb")
    assert main(["bundle", "verify", "unsigned.rwb"]) == 3
    assert "is not signed" in capsys.readouterr().err
    assert main(["bundle", "verify", "unsigned.rwb", "--unsigned"]) == 0
    assert main(["bundle", "verify", "unsigned.rwb", "--signature", "site.rwb.sig"]) == 0


def test_inspect_shows_what_is_in_it_and_that_it_proves_nothing(capsys):
    assert main(["bundle", "inspect", "site.rwb"]) == 0
    said = capsys.readouterr().out
    assert "docker.io/rancher/rancher:v2.13.3" in said
    assert "(not proven here)" in said


def test_a_delta_is_written_and_joined(trusted, tmp_path, capsys):
    entries = [each for each in site_manifest().entries if each.name != "empty"]
    entries.append(file_entry("added", INSTALL))
    write_site(tmp_path / "new.rwb", new_manifest("site", entries, site_manifest().blobs))
    assert main(["bundle", "diff", "site.rwb", "new.rwb", "-o", "delta.rwb"]) == 0
    said = capsys.readouterr().out
    assert "+ file     added\n- file     empty\n0 blobs to carry" in said
    assert main(["bundle", "join", "delta.rwb", "-o", "joined.rwb"]) == 3
    assert main(["bundle", "join", "delta.rwb", "--base", "site.rwb", "-o", "joined.rwb"]) == 0
    assert (tmp_path / "joined.rwb").read_bytes() == (tmp_path / "new.rwb").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "site.rwb", "new.rwb", "-o", "site.rwb"),
        ("diff", "site.rwb", "new.rwb", "-o", "link.rwb"),
        ("join", "new.rwb", "--base", "site.rwb", "-o", "site.rwb"),
        ("join", "site.rwb", "-o", "site.rwb"),
    ],
)
def test_a_bundle_does_not_take_the_place_of_one_that_it_is_made_from(words, tmp_path, capsys):
    before = (tmp_path / "site.rwb").read_bytes()
    write_site(tmp_path / "new.rwb", new_manifest("site", site_manifest().entries[:1], site_manifest().blobs))
    (tmp_path / "link.rwb").symlink_to("new.rwb")
    assert main(["bundle", *words]) == 2
    assert f"{words[-1]}: the bundle is made from that" in capsys.readouterr().err
    assert (tmp_path / "site.rwb").read_bytes() == before


def test_what_a_spec_needs_and_the_bundle_lacks_is_named(trusted, capsys):
    assert main(["bundle", "check", "site.rwb", "--version", "v1.34.2+rke2r1"]) == 3
    said = capsys.readouterr().out
    assert "missing: rke2/v1.34.2+rke2r1/rke2-images-core.linux-amd64.tar.zst (asked for by rke2)" in said
    assert "missing: rke2/v1.34.2+rke2r1/install.sh" not in said
    assert "site.rwb: not complete" in said


def test_a_file_that_is_not_there_is_told(capsys):
    assert main(["bundle", "inspect", "nothing.rwb"]) == 2
    assert capsys.readouterr().err.startswith("nothing.rwb: no bundle is there")


def test_whom_we_trust_is_shown(trusted, capsys):
    assert main(["bundle", "trust"]) == 0
    assert capsys.readouterr().out.startswith("SHA256:")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--python", "2.7"), "--python 2.7: not a Python that the wizard runs on"),
        (("--keyring", "none.gpg"), "--keyring none.gpg: there is no such file"),
        (("--from-dir", "none"), "--from-dir none: there is no such folder"),
        (("--os", "plan9"), "--os plan9: not known"),
    ],
)
def test_what_create_can_not_do_is_said_before_anything_is_fetched(words, said, capsys, tmp_path):
    given = ("--version", "v1.34.2+rke2r1", "-o", str(tmp_path / "new.rwb"), "--cache", str(tmp_path / "cache"))
    assert main(["bundle", "create", *given, *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new.rwb").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--version", "v1.34.2+rke2r1", "--cni", "calicoo"), "--cni calicoo: not known"),
        (("--version", "v1.34.2+rke2r1", "--cni", "calico,multus"), "--cni calico,multus: not known"),
        (("--version", "v1.34.2+rke2r1", "--ingress", "nginx"), "--ingress nginx: not known"),
        (("cluster.yaml", "--cni", "calico"), "--cni and --ingress are for --version alone"),
    ],
)
def test_a_choice_that_would_be_left_out_without_a_word_is_refused(words, said, tmp_path, capsys):
    write_spec(tmp_path)
    assert main(["bundle", "plan", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_signature_that_is_not_there_is_told(trusted, capsys):
    assert main(["bundle", "verify", "site.rwb", "--signature", "none.sig"]) == 1
    assert "none.sig: No such file or directory" in capsys.readouterr().err


def test_what_is_damaged_names_its_file(trusted, tmp_path, capsys):
    (tmp_path / "cut.rwb").write_bytes((tmp_path / "site.rwb").read_bytes()[:3000])
    assert main(["bundle", "inspect", "cut.rwb"]) == 3
    assert capsys.readouterr().err.startswith("cut.rwb: cut off at byte ")


@pytest.mark.parametrize("words", [["-o", "my site.rwb"], ["-o", "new.rwb", "--name", "../new"]])
def test_a_name_that_no_bundle_may_have_is_refused_before_anything_is_fetched(words, tmp_path, capsys):
    # The mirror would be asked first, and nobody answers there.
    mirror = ("--mirror", "github.com=http://127.0.0.1:9")
    assert main(["bundle", "create", "--version", "v1.34.2+rke2r1", *words, *mirror, "--cache", "cache"]) == 2
    assert "can not be what the bundle calls itself" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("output", "said"),
    [("cluster.yaml", "cluster.yaml: the bundle is made from that"), ("folder", "folder: a folder is there")],
)
def test_a_place_that_holds_something_else_is_refused_before_anything_is_fetched(output, said, tmp_path, capsys):
    spec = write_spec(tmp_path)
    before = spec.read_bytes()
    (tmp_path / "folder").mkdir()
    mirror = ("--mirror", "github.com=http://127.0.0.1:9")
    assert main(["bundle", "create", "cluster.yaml", "-o", output, *mirror, "--cache", "cache"]) == 2
    assert said in capsys.readouterr().err
    assert spec.read_bytes() == before
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("registry", ["reg.lan:port", "reg.lan:70000", "reg.lan/UP er", "https://reg.lan", "", "a b:1"])
def test_what_is_no_registry_is_refused_before_anything_is_opened(registry, capsys):
    assert main(["bundle", "push", "none.rwb", registry]) == 2
    assert "not a registry" in capsys.readouterr().err


@pytest.mark.parametrize("registry", ["reg.lan", "reg.lan:5000/a/b", "127.0.0.1:5000", "[fd00::1]:5000"])
def test_what_is_one_is_taken(registry, capsys):
    assert main(["bundle", "push", "none.rwb", registry]) == 2
    assert "none.rwb: no bundle is there" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--port", "99999"], ["--port", "-5"], ["--name", "a b$(x)"], ["--name", "a:5000"]])
def test_a_door_that_nobody_finds_is_refused(words, capsys):
    assert main(["bundle", "serve", "site.rwb", *words]) == 2
    assert capsys.readouterr().err.startswith(words[0])


@pytest.mark.parametrize("name", ["none\nthere/ops", "ops\x1b]0;title\x07"])
def test_a_key_s_name_writes_nothing_on_the_terminal_but_itself(name, tmp_path, capsys):
    capsys.readouterr()
    codes = [main(["bundle", "keygen", name]) for _ in range(2)]
    assert codes == ([1, 1] if "/" in name else [0, 2])
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "none\n" not in said.err


def test_a_comment_of_two_lines_makes_no_key(tmp_path, capsys):
    assert main(["bundle", "keygen", "two", "--comment", "a\nb"]) == 2
    assert "--comment 'ab': not a line of text" in capsys.readouterr().err
    assert not (tmp_path / "two").exists()
