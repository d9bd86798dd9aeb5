"""`design`: the recommendation for people and for scripts."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from tests.unit.design.answering import some_answers
from wizard.cli.main import main
from wizard.design.answers import Answers
from wizard.design.as_lines import brief, recommendation_lines
from wizard.design.as_record import recommendation_record
from wizard.design.recommend import recommend


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text("pods: 300\npod_memory_mib: 512\n")
    return path


def test_scripts_get_the_recommendation_and_what_was_answered(answers, capsys):
    assert main(["design", "--answers", str(answers), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["recommended"] == "rke2-medium"
    assert record["answers"] == {"pods": 300, "pod_memory_mib": 512}
    first = record["ranked"][0]
    assert [(pool["role"], pool["count"], pool["duties"]) for pool in first["pools"]] == [
        ("server", 3, ["etcd", "control"]),
        ("agent", 5, ["work"]),
    ]
    assert first["total"]["machines"] == 8
    assert {one["design"] for one in record["ranked"]} >= {"rke1-large", "rancherd", "rke2-three-zones"}


def test_people_get_the_drawing_the_reasons_the_sums_and_the_rest(answers, capsys):
    assert main(["design", "--answers", str(answers)]) == 0
    said = capsys.readouterr().out
    for part in (
        "RKE2 medium (rke2-medium):",
        "| ",
        "Machines",
        "For it",
        "Survives",
        "How it was reckoned",
        "Other designs",
        "Assumed",
    ):
        assert part in said
    assert max(len(line) for line in said.splitlines()) <= 80


def test_without_answers_all_is_assumed(capsys):
    assert main(["design"]) == 0
    assert "Assumed 50 pods of 256 MiB" in capsys.readouterr().out


def test_answers_that_allow_no_design_are_refused_by_name_with_an_exit_code(tmp_path, capsys):
    path = tmp_path / "answers.yaml"
    path.write_text("cluster_cidr: 10.43.0.0/16\n")
    assert main(["design", "--answers", str(path)]) == 3
    said = capsys.readouterr().out
    assert "[overlapping-networks]" in said
    assert "Nothing can be built with these answers" in said
    assert main(["design", "--answers", str(path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["recommended"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"pods: [red]\n", "pods"),
        (b"pods: many\n", "answers.yaml:1"),
        (b"pod: 3\n", "did you mean"),
        (b"\xff\xfe", "UTF-8"),
        (b'cluster_name: "\\e[31mred"\n', "cluster_name"),
    ],
)
def test_bad_answers_are_refused_in_a_sentence(tmp_path, capsys, content, said):
    path = tmp_path / "answers.yaml"
    path.write_bytes(content)
    assert main(["design", "--answers", str(path)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "\x1b" not in error


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert main(["design", "--answers", str(tmp_path / "none.yaml")]) == 2
    assert "No such file" in capsys.readouterr().err


@given(some_answers())
def test_any_answers_can_be_told_and_written(answers):
    recommendation = recommend(answers)
    assert all(line == line.rstrip() and len(line) <= 80 for line in recommendation_lines(recommendation, answers))
    read = json.loads(json.dumps(recommendation_record(recommendation, answers)))
    assert [one["design"] for one in read["ranked"]] == [one.design.key for one in recommendation.ranked]
    assert brief(recommendation)


def test_what_can_not_be_built_is_what_the_few_lines_speak_of():
    assert brief(recommend(Answers({"node_mask": 26})))[0].startswith("Refused: A /26 has 61 addresses")
    assert brief(recommend(Answers()))[0].startswith("RKE2 small: three servers")


def test_a_file_without_an_end_is_not_read_to_its_end(capsys):
    assert main(["design", "--answers", "/dev/zero"]) == 2
    assert "larger than" in capsys.readouterr().err
