"""HAProxy's steps: what is settled, what is sealed, and what a machine is told to do."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bcrypt
import pytest

from tests.unit.balancers.front import front
from wizard.balancers.certificates import CA_FILE, ensure_certificate, front_certificate
from wizard.balancers.haproxy.files import DROP_IN, intent
from wizard.balancers.haproxy.login import HASH
from wizard.balancers.haproxy.render import CONFIG
from wizard.balancers.haproxy.state import read_state, release
from wizard.balancers.haproxy.steps import looks, notes, seal, steps
from wizard.certificates import Pair, certificate_text, key_text, new_ca, sign
from wizard.errors import BadSpec
from wizard.hosts.facts import Facts, read_facts
from wizard.rollout.plan import settled
from wizard.rollout.step import Survey
from wizard.secret import MASK
from wizard.site import Identity, Site
from wizard.vault.vault import Vault

HTTP = {"mode": "http", "hosts": ["rancher.example.com", "*.apps.example.com"]}
NOW = dt.datetime.now(dt.UTC)
CA, FRONT = "balancer-ca", "balancer-certificate"
MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    def make(**balancer: object) -> Site:
        spec = front(**balancer)
        return Site(spec, tmp_path, tmp_path, Vault.open(tmp_path / "vault"), Survey(), Identity("0123", ("cp-1",)))

    return make


def running(site: Site, *, without: str = "\n", **changed: str) -> Facts:
    """The facts of a machine on which all is as the spec wants it, but for lines that hold `without`."""
    wanted = intent(site)
    lines = [f"file={file.sha256} {file.mode:o} root:root 1000 {file.path}" for file in wanted.files()]
    state = {"version": "2.6.12-1", "exporter": "yes", "tool": "yes", "running": wanted.digest} | changed
    lines += [f"x.haproxy.{key}={value}" for key, value in state.items()]
    lines += ["unit=haproxy.service active enabled"]
    return read_facts(line for line in lines if without not in line)


def is_settled(site: Site, facts: Facts) -> bool:
    site.survey.learn("lb-1", facts)
    return settled("lb-1", steps(site), site.survey)


@pytest.mark.parametrize("mode", [{}, HTTP], ids=["tcp", "http"])
def test_nothing_is_to_be_done_where_the_process_at_work_tells_the_wanted_configuration(make_site, mode) -> None:
    site = make_site(**mode)
    seal(site)
    assert is_settled(site, running(site))
    assert not is_settled(site, running(site, running="another"))
    assert not is_settled(site, running(site, version="1.8.27"))
    assert not is_settled(site, running(site, without="x.haproxy.tool"))
    assert not is_settled(site, running(site, without=CONFIG))
    assert not is_settled(site, running(site, without=DROP_IN))
    assert not is_settled(site, running(site, without="unit="))


def test_a_plan_before_the_first_start_makes_no_secret_and_shows_none(make_site) -> None:
    site = make_site(**HTTP)
    shown = steps(site)[-1].files("lb-1")
    assert [file.path for file in shown if not file.sha256] == [CONFIG]
    assert not site.vault.names()
    seal(site)
    texts = "".join(file.shown for file in steps(site)[-1].files("lb-1"))
    assert "PRIVATE KEY" not in texts
    assert site.vault.get(HASH).reveal() not in texts
    assert texts.count(MASK) == 2


def test_another_configuration_has_another_digest_and_the_same_one_the_same(make_site) -> None:
    one = intent(make_site())
    assert one.digest == intent(make_site()).digest != intent(make_site(sticky=True)).digest
    assert f"description rancher-wizard {one.digest}\n" in one.config.reveal()


@pytest.mark.parametrize("password", ["quote'\"s", "dollar $HOME", "# no comment", "back\\slash", "ends with space "])
def test_a_password_of_any_text_reaches_the_configuration_as_a_hash_alone(make_site, tmp_path, password) -> None:
    (tmp_path / "password").write_text(password)
    site = make_site(stats={"password": {"file": "password"}})
    seal(site)
    assert password not in intent(site).config.reveal()
    assert bcrypt.checkpw(password.encode(), site.vault.get(HASH).reveal().encode())


@pytest.mark.parametrize(("password", "said"), [("two\nlines", "a line end"), ("x" * 73, "more than 72 bytes")])
def test_a_password_that_no_browser_sends_is_refused(make_site, tmp_path, password, said) -> None:
    (tmp_path / "password").write_text(password)
    with pytest.raises(BadSpec, match=said):
        seal(make_site(stats={"password": {"file": "password"}}))


def test_a_changed_password_has_a_new_hash_and_the_same_one_keeps_its(make_site, tmp_path) -> None:
    (tmp_path / "password").write_text("first")
    site = make_site(stats={"password": {"file": "password"}})
    seal(site)
    first = site.vault.get(HASH)
    seal(site)
    assert site.vault.get(HASH) == first
    (tmp_path / "password").write_text("second")
    seal(site)
    assert site.vault.get(HASH) != first


def test_our_ca_signs_for_the_names_and_is_left_for_clients_to_trust(make_site, tmp_path) -> None:
    site = make_site(**HTTP)
    seal(site)
    ca, pair = Pair.read(site.vault.get(CA)), Pair.read(site.vault.get(FRONT))
    pair.certificate.verify_directly_issued_by(ca.certificate)
    assert (tmp_path / CA_FILE).read_text() == certificate_text(ca.certificate)
    assert any(CA_FILE in note and "lasts until" in note for note in notes(site))


def test_a_certificate_is_kept_until_it_nears_its_end_and_renewed_then(make_site) -> None:
    site = make_site(**HTTP)
    names = ("a.example.com",)
    first = ensure_certificate(site, names, now=NOW)
    assert ensure_certificate(site, names, now=NOW + dt.timedelta(days=300)) == first
    assert front_certificate(site, names, now=NOW + dt.timedelta(days=340)) is None
    ca = site.vault.get(CA)
    assert ensure_certificate(site, names, now=NOW + dt.timedelta(days=340)) != first
    assert site.vault.get(CA) == ca
    ensure_certificate(site, names, now=NOW + dt.timedelta(days=3300))
    assert site.vault.get(CA) != ca


def test_another_name_needs_another_certificate(make_site) -> None:
    site = make_site(**HTTP)
    seal(site)
    assert not is_settled(make_site(**HTTP | {"hosts": ["b.example.com"]}), running(site))


def given(folder: Path, *, days: int = 0, other_key: bool = False) -> None:
    now = NOW - dt.timedelta(days=days)
    ca = new_ca("a CA", now)
    pair = sign(ca, ("rancher.example.com",), now)
    key = new_ca("another", now).key if other_key else pair.key
    (folder / "front.crt").write_text(certificate_text(pair.certificate) + certificate_text(ca.certificate))
    (folder / "front.key").write_text(key_text(key))


TLS = {"tls": {"certificate": "front.crt", "key": "front.key"}}


def test_a_given_certificate_is_shown_with_its_chain_and_a_renewed_one_at_the_next_apply(make_site, tmp_path) -> None:
    given(tmp_path)
    site = make_site(**HTTP | TLS)
    seal(site)
    assert site.vault.get(CA) is None
    [pem] = intent(site).pems
    assert [part.split("-----")[0] for part in pem.text.reveal().split("-----BEGIN ")[1:]] == [
        "CERTIFICATE",
        "CERTIFICATE",
        "PRIVATE KEY",
    ]
    before = running(site)
    assert is_settled(site, before)
    given(tmp_path)
    assert not is_settled(site, before)


@pytest.mark.parametrize(
    ("how", "said"), [({"other_key": True}, "not the key of the first certificate"), ({"days": 400}, "ended on")]
)
def test_a_given_certificate_that_can_not_serve_is_refused(make_site, tmp_path, how, said) -> None:
    given(tmp_path, **how)
    with pytest.raises(BadSpec, match=said):
        seal(make_site(**HTTP | TLS))


def test_a_given_file_that_is_no_certificate_is_refused_by_name(make_site, tmp_path) -> None:
    given(tmp_path)
    (tmp_path / "front.crt").write_text("nothing")
    with pytest.raises(BadSpec, match=r"front\.crt: no certificate"):
        seal(make_site(**HTTP | TLS))
    (tmp_path / "front.crt").unlink()
    with pytest.raises(BadSpec, match=r"front\.crt: No such file"):
        seal(make_site(**HTTP | TLS))


def test_only_machines_of_the_balancer_are_looked_at_for_haproxy(make_site) -> None:
    spec = make_site().spec
    assert looks(spec, "lb-1")
    assert not looks(spec, "cp-1")


@pytest.mark.parametrize(
    ("version", "branch"), [("2.6.12-1+deb12u4", (2, 6)), ("3.2", (3, 2)), ("", (0, 0)), ("x.y", (0, 0))]
)
def test_a_version_is_read_as_its_branch(version, branch) -> None:
    assert release(version) == branch


def test_whatever_a_machine_prints_is_read_without_a_word() -> None:
    state = read_state(replace(Facts(), lists={"x.haproxy.version": ("²." * 100,)}))
    assert release(state.version) == (0, 0)
