"""Whatever text reaches HAProxy's configuration stays one word of its line, or is refused."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.balancers.front import front
from wizard.balancers.haproxy.render import render, word
from wizard.errors import BadSpec

HASH = "$2b$05$abcdefghijklmnopqrstuuLTnU8Yl1Hq8XwJvYQ7w6mBPGoqjQH2S"
HOSTILE = st.text(alphabet=st.sampled_from("ab0'\"\\ $#{}()%|;*[]-.~`é\n\r\t\x00\x7f"), min_size=1, max_size=20)


@given(text=HOSTILE | st.text(min_size=1))
def test_a_value_is_written_as_one_word_or_refused_for_a_control_character(text: str) -> None:
    try:
        written = str(word(text))
    except ValueError:
        assert any(ord(letter) < 32 or ord(letter) == 127 for letter in text)
        return
    # HAProxy's single quotes are those of a shell: all that is within them stands for itself.
    assert shlex.split(written) == [text]
    assert "\n" not in written


@pytest.mark.skipif(not shutil.which("haproxy"), reason="no haproxy here; the lab has one")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE.filter(lambda text: text.isprintable()))
def test_haproxy_itself_reads_a_hostile_word_as_that_word(tmp_path: Path, text: str) -> None:
    config = tmp_path / "haproxy.cfg"
    # Told back as it was read, since there is no such keyword.
    config.write_text(f"backend b\n    {word(f'x{text}')} more\n")
    done = subprocess.run(["haproxy", "-c", "-f", config], check=False, capture_output=True, text=True)
    assert f"unknown keyword 'x{text}' in 'backend' section" in done.stderr


@pytest.mark.parametrize(
    "balancer",
    [
        {"mode": "http", "hosts": ["a.example.com\n    bind :1"]},
        {"mode": "http", "hosts": ["a.*.example.com"]},
        {"mode": "http", "hosts": ["*"]},
        {"mode": "http", "hosts": ["'quoted'.example.com"]},
        {"stats": {"user": "a password b"}},
        {"stats": {"user": "a'b"}},
        {"allow": {"api": ["10.0.0.0/8 if TRUE"]}},
        {"nodes": [{"name": "lb-1 #", "address": "10.0.0.2"}, {"name": "lb-2", "address": "10.0.0.3"}]},
    ],
)
def test_a_spec_with_a_value_that_is_none_is_refused_before_anything_is_rendered(balancer: dict[str, object]) -> None:
    with pytest.raises(BadSpec):
        front(**balancer)


def test_a_password_s_hash_is_no_variable_to_haproxy() -> None:
    text = render(front(), marker="# m", password_hash=HASH)
    assert f"    user ops password '{HASH}'\n" in text
