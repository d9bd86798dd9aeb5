import subprocess
import sys
from pathlib import Path

import pytest

from screens.plain.flow import ask
from tests.screens.scripted import Scripted, Terminal
from wizard.design.answers import Answers, parse_answers
from wizard.design.compose import compose_draft
from wizard.design.draft import Draft, Place, drafts, load
from wizard.design.question import sections
from wizard.spec.load import load_spec

ASKED = {question.section for question in Answers().asked}
TITLES = [section.title for section in sections() if section.key in ASKED]
SKIP = ["over"] * (len(TITLES) - 1)
NODES = "10.9.0.[11-15]"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.yaml"


def the_draft() -> Draft:
    (kept,) = drafts()
    return load(kept.id)


def leave(path: Path, *answers: str) -> Scripted:
    """Answer so far, then close the terminal."""
    asker = Scripted(*answers)
    with pytest.raises(KeyboardInterrupt):
        ask(Draft(), path, asker)
    return asker


def test_the_way_leads_from_questions_to_a_spec(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = ["on", "prod", "several", "no", "node", "rke2"]
    assert ask(Draft(), path, Scripted(*first, *SKIP, "", "type", NODES, "on", "written")) is None
    spec = load_spec(path).spec
    assert (spec.name, len(spec.servers), len(spec.agents)) == ("prod", 3, 2)
    answers = parse_answers(path.with_name("cluster.answers.yaml").read_text(), "a")
    assert compose_draft(Draft(answers=answers, nodes_text=NODES)) == path.read_text()
    assert not drafts()
    said = capsys.readouterr().out
    assert "- What does a pod ask for on average, in memory? 256 MiB." in said
    assert "Nothing on any node has been changed." in said


def test_the_successor_of_what_has_ended_is_one_choice_away(path: Path) -> None:
    old = Answers().given("distribution", "rancherd").given("dns_name", "k8s.example.com")
    nodes = "10.9.0.[11-13]"
    place = Place("review")
    assert ask(Draft(answers=old, nodes_text=nodes, place=place), path, Scripted("manifests", "written")) is None
    spec = load_spec(path).spec
    assert (spec.distribution, len(spec.servers)) == ("rke2", 3)
    assert spec.rancher is not None
    assert (spec.rancher.hostname, spec.rancher.how) == ("k8s.example.com", "manifests")


def test_to_start_is_to_go_on_to_apply(path: Path) -> None:
    assert ask(Draft(nodes_text=NODES), path, Scripted("over", *SKIP, "", "", "start")) == path


def test_what_an_answer_changes_in_the_recommendation_is_told_at_once(path: Path, capsys) -> None:
    leave(path, "on", "prod", "single", "none")
    assert "RKE2 single instead of RKE2 small" in capsys.readouterr().out


def test_why_open_and_back_are_answers_to_each_question(path: Path, capsys) -> None:
    asker = leave(path, "on", "?", "prod", "<", "-", "several", "?", "<", "single", "<", "<", "<")
    assert "Its state on this machine" in capsys.readouterr().out
    assert the_draft().answers.left_open("cluster_name")
    assert the_draft().answers["environments"] == "single"
    assert asker.asked[-1] == asker.asked[0]


def test_each_answer_is_kept_and_the_way_goes_on_where_it_was_left(path: Path) -> None:
    asker = leave(path, "on", "prod", "several")
    assert (the_draft().answers["cluster_name"], the_draft().place.key) == ("prod", "mixes_production")
    again = Scripted(drafts()[0].id)
    with pytest.raises(KeyboardInterrupt):
        ask(Draft(), path, again)
    assert again.asked[-1] == asker.asked[-1]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("[red]", "not a DNS label; lower case letters"),
        ("\x1b[31mprod", "escape codes; plain text"),
        ("🚀", "not a DNS label"),
        ("x" * 10_000, "has 10000 characters; at most"),
    ],
)
def test_what_can_not_be_used_is_refused_with_how_to_mend_it(path: Path, typed: str, problem: str) -> None:
    asker = leave(path, "on", typed, "prod")
    assert problem in asker.refused[0]
    assert the_draft().answers["cluster_name"] == "prod"


def test_bad_lines_are_shown_in_place_and_nothing_is_lost(path: Path, capsys) -> None:
    leave(path, "over", *SKIP, "", "type", "10.9.0.1 server\n???\n10.9.0.1\n", "type", "10.9.0.1\n10.9.0.2\n")
    said = capsys.readouterr().out
    assert "! line 2: ???" in said
    assert "= line 3: 10.9.0.1 is on line 1 already" in said
    assert the_draft().nodes_text == "10.9.0.1\n10.9.0.2\n"


def test_nodes_come_from_a_file_too_and_one_of_them_may_be_set(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "nodes.txt"
    file.write_text(NODES)
    begin = ["over", *SKIP, "", "file", "none.txt", str(file)]
    asker = leave(path, *begin, "set", "1.2.3.4 agent", "10.9.0.11 agent")
    assert "No such file" in asker.refused[0]
    assert "is no node of the list" in asker.refused[1]
    assert the_draft().changes["10.9.0.11"].role == "agent"


def test_what_stands_in_the_way_is_told_and_can_be_changed_from_the_review(path: Path, capsys) -> None:
    begin = ["over", *SKIP, "", "on", "answer", "service_cidr", "10.42.0.0/24"]
    mend = ["answer", "service_cidr", "10.43.0.0/16", "design", "rke2-large", "on", "written"]
    ask(Draft(nodes_text=NODES), path, Scripted(*begin, *mend))
    assert "10.42.0.0/24" in capsys.readouterr().out
    assert "RKE2 large" in path.read_text()


def test_a_spec_that_is_there_is_replaced_only_when_the_operator_says_so(path: Path, tmp_path: Path) -> None:
    path.write_text("other: 1\n")
    other = str(tmp_path / "other.yaml")
    ask(Draft(nodes_text=NODES), path, Scripted("over", *SKIP, "", "on", "written", "no", "file", other, "written"))
    assert path.read_text() == "other: 1\n"
    assert load_spec(Path(other))
    ask(Draft(nodes_text=NODES), path, Scripted("over", *SKIP, "", "on", "written", "yes"))
    assert load_spec(path)


DUMB = ["1", "prod", "", "", "rke2", *["2"] * len(SKIP), "", "1", "10.9.0.11 zone=a", "10.9.0.[12-15]", ".", "1", "1"]


def dumb(terminal: Terminal) -> None:
    for line in DUMB:
        terminal.type(f"{line}\r")


def cursor(terminal: Terminal) -> None:
    """Walk with arrows and enter; a list in more lines ends with escape and enter."""
    terminal.expect("What the cluster is for")
    terminal.type("\r")
    terminal.expect("What shall the cluster be called?")
    terminal.type("prod\r")
    for text, keys in (("Do several", "\r"), ("outlive?", "\r"), ("Which distribution?", "\x1b[B\r")):
        terminal.expect(text)
        terminal.type(keys)
    for title in TITLES[1:]:
        terminal.expect(title)
        terminal.type("\x1b[B\r")
    terminal.expect("Design")
    terminal.type("\r")
    terminal.expect("Read it from a file")
    terminal.type("\r")
    terminal.expect("then enter, ends it")
    terminal.type("10.9.0.11 zone=a\n10.9.0.[12-15]\x1b\r")
    terminal.expect("Go on with 5 nodes")
    terminal.type("\r")
    terminal.expect("Show the file")
    terminal.type("\r")


@pytest.mark.parametrize(("term", "walk"), [("dumb", dumb), ("xterm", cursor)])
def test_a_terminal_and_a_replay_write_the_same_bytes(term: str, walk, tmp_path: Path, path: Path, state: Path) -> None:
    terminal = Terminal("new", "--plain", term=term, state=state, folder=tmp_path)
    walk(terminal)
    assert terminal.end() == 0
    asked = path.read_bytes()
    nodes = tmp_path / "nodes.txt"
    nodes.write_text("10.9.0.11 zone=a\n10.9.0.[12-15]\n")
    again = tmp_path / "again.yaml"
    options = ["--answers", tmp_path / "cluster.answers.yaml", "--nodes", nodes, "-o", again]
    command = [sys.executable, "-m", "wizard.cli.main", "new", *options]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert again.read_bytes() == asked
    assert (tmp_path / "again.answers.yaml").read_bytes() == (tmp_path / "cluster.answers.yaml").read_bytes()


def test_a_terminal_without_cursor_keys_is_asked_in_plain_prompts_at_once(tmp_path: Path, state: Path) -> None:
    terminal = Terminal(term="dumb", state=state, folder=tmp_path)
    terminal.expect("What the cluster is for")
    terminal.type("1\r")
    terminal.expect("What shall the cluster be called?")
    terminal.type("prod\r")
    terminal.expect("Do several environments")
    terminal.type("\x03")
    terminal.expect("What you said is kept")
    assert terminal.end() == 130
    assert the_draft().answers["cluster_name"] == "prod"
