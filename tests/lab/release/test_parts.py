"""The stand-in's own small readers: templates and configuration."""

from pathlib import Path

import pytest

from tests.lab.release.rke2.jsonpath import BadTemplate, render
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
