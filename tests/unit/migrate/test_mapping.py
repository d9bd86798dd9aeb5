"""What becomes of each setting, from data with its sources."""

import pytest

from wizard.migrate.mapping import mapped, rows
from wizard.profiles import profile
from wizard.spec.option_rule import known_options


def test_each_row_says_how_it_goes_and_where_that_is_known_from() -> None:
    for row in rows():
        assert row.how in ("same", "changed", "hand", "none"), row
        assert row.why, row
        assert row.source in ("types", "server", "agent", "registry", "helm", "backup", "issue562"), row
        assert row.rke2 or row.how in ("none", "changed", "same"), row


def test_settings_named_as_rke2_s_are_known_there() -> None:
    for row in rows():
        name = row.rke2
        if row.source in ("server", "agent") and row.how != "none" and name.replace("-", "").isalpha():
            known = name in known_options() or name in ("server", "agent", "INSTALL_RKE2_VERSION", "etcd")
            assert known, name


def test_every_key_of_a_cluster_yml_that_the_wizard_knows_has_a_row() -> None:
    for above, keys in profile("rke1/keys").items():
        place = above.replace("component", "services.scheduler")
        for key in keys:
            values: dict = {}
            at = values
            for part in filter(None, place.split(".")):
                at = at.setdefault(part, {})
            at[key] = "x"
            assert [one.at for one in mapped(values) if one.how == "unknown"] == [], f"{place}.{key}"


def test_no_secret_is_shown_wherever_it_stands() -> None:
    values = {
        "services": {"etcd": {"backup_config": {"s3backupconfig": {"access_key": "AKIA", "secret_key": "s3cr3t"}}}},
        "private_registries": ({"url": "r", "password": "s3cr3t"},),
        "nodes": ({"address": "10.0.0.1", "ssh_key": "s3cr3t"},),
        "own": {"api_token": "s3cr3t", "password": "s3cr3t"},
    }
    text = str(mapped(values))
    assert "s3cr3t" not in text
    assert "AKIA" not in text


@pytest.mark.parametrize(
    ("values", "at", "how", "says"),
    [
        ({"network": {"plugin": "canal"}}, "network.plugin", "same", "canal"),
        ({"network": {"plugin": "weave"}}, "network.plugin", "none", "weave"),
        (
            {"services": {"kubelet": {"extra_args": {"max-pods": 200}}}},
            "services.kubelet.extra_args.max-pods",
            "same",
            "200",
        ),
        ({"services": {"kubelet": {"extra_args": {"v": 2}}}}, "services.kubelet.extra_args", "hand", "v=2"),
        ({"ignore_docker_version": True}, "ignore_docker_version", "none", "True"),
        ({"made_up": {"thing": 1}}, "made_up.thing", "unknown", "1"),
        ({"addons": "kind: Pod\nx: y\n"}, "addons", "hand", "(text)"),
    ],
)
def test_the_longest_path_counts(values: dict, at: str, how: str, says: str) -> None:
    (one,) = mapped(values)
    assert (one.at, one.how, one.says) == (at, how, says)
