"""The stand-in's own small readers: templates and configuration."""

from pathlib import Path

import pytest

from tests.lab.release.rke2.charts import Chart
from tests.lab.release.rke2.jsonpath import BadTemplate, render
from tests.lab.release.rke2.kinds import built_in, defined, named
from tests.lab.release.rke2.rest import selected
from tests.lab.release.rke2.token import Refused, Token
from tests.lab.release.rke2.yamlish import BadYaml, read

NODES = {"items": [{"n": "a", "c": [{"type": "Ready", "status": "True"}]}, {"n": "b", "c": []}], "l": {"x.io/y": 1}}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{range .items[*]}{"}="}{.n}{" "}{.c[?(@.type=="Ready")].status}{"\\n"}{end}.', "}=a True\n}=b \n."),
        ("{.items[*].n}", "a b"),
        ("{.items[-1].n}", "b"),
        (r"{.l.x\.io/y}", "1"),
        ("{.l['x.io/y']}", "1"),
        ("{.none.at.all}", ""),
    ],
)
def test_a_template_gives_what_kubectl_gives(template: str, text: str) -> None:
    assert render(template, NODES) == text


def test_an_unclosed_range_is_refused() -> None:
    with pytest.raises(BadTemplate):
        render("{range .items[*]}{.n}", NODES)


def test_a_config_is_read_as_yaml_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "# first\ntoken: \"a#b\"  # why\nnode-label:\n- x=1\n  \ntls-san:\n  - 'it''s'\nflow: [a, b]\nurl: https://h:1\n"
    )
    assert read(path) == {
        "token": "a#b",
        "node-label": ["x=1"],
        "tls-san": ["it's"],
        "flow": ["a", "b"],
        "url": "https://h:1",
    }


def test_a_line_that_is_no_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("a: b\nrubbish\n")
    with pytest.raises(BadYaml, match=r"config.yaml:2"):
        read(path)


def test_a_token_is_taken_in_both_forms() -> None:
    assert Token.parse("secret", "node") == Token("", "node", "secret")
    assert Token.parse(f"K10{'a' * 64}::server:x:y", "node") == Token("a" * 64, "server", "x:y")


@pytest.mark.parametrize("text", ["", "K10abc", f"K10{'a' * 63}::server:x"])
def test_a_malformed_token_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Token.parse(text, "node")


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [("a=b", True), ("a in (b,c),x=y", True), ("a!=b", False), ("a notin (c)", True), ("z", False), ("", True)],
)
def test_a_selector_chooses_by_labels(selector: str, chosen: bool) -> None:
    assert selected({"metadata": {"labels": {"a": "b", "x": "y"}}}, selector) is chosen


def test_a_kind_is_found_by_any_of_its_names_and_by_a_definition() -> None:
    spec = {"group": "metallb.io", "scope": "Namespaced", "names": {"kind": "BGPPeer", "plural": "bgppeers"}}
    kinds = [*built_in(), *defined([{"spec": spec | {"versions": [{"name": "v1beta2"}]}}])]
    for word in ("deployment", "Deployments", "deployments.apps", "bgppeer.metallb.io"):
        assert named(kinds, word)
    assert named(kinds, "ipaddresspool") is None
    ingress = named(kinds, "ingress")
    assert ingress
    assert ingress.path("a", "b") == "/apis/networking.k8s.io/v1/namespaces/a/ingresses/b"


def test_a_chart_is_filled_with_values_and_refused_where_it_asks_for_more() -> None:
    chart = Chart({"version": "1"}, {"a": {"b": 1, "c": 2}}, (), ("x: {{ .Values.a.b }}\ny: {{ .Release.Name }}\n",))
    assert chart.objects("r", "s", {"a": {"b": 3}}) == [{"x": 3, "y": "r"}]
    with pytest.raises(ValueError, match="more than plain values"):
        Chart({"version": "1"}, {}, (), ("{{ if .Values.a }}",)).objects("r", "s", {})
