import stat

import pytest

from wizard.errors import WizardError
from wizard.rollout.control import SOCKET, Control, listen


def answer(command: str, node: str) -> str:
    if node == "bad":
        raise WizardError("no such node", hint="look at the spec")
    return f"{command} {node}".strip()


async def test_a_word_reaches_the_engine_and_its_answer_comes_back(tmp_path):
    async with listen(tmp_path, answer):
        assert await Control(tmp_path).send("pause") == "pause"
        assert await Control(tmp_path).send("retry", "n'1\n") == "retry n'1"


async def test_a_refusal_comes_back_with_its_next_move(tmp_path):
    async with listen(tmp_path, answer):
        with pytest.raises(WizardError, match="no such node") as caught:
            await Control(tmp_path).send("retry", "bad")
        assert caught.value.hint == "look at the spec"


async def test_an_unknown_word_is_refused(tmp_path):
    async with listen(tmp_path, answer):
        with pytest.raises(WizardError, match="no command"):
            await Control(tmp_path).send("explode")


async def test_nobody_there_is_an_error_that_says_how_to_go_on(tmp_path):
    with pytest.raises(WizardError, match="no engine") as caught:
        await Control(tmp_path).send("pause")
    assert "apply" in caught.value.hint


async def test_the_socket_is_for_its_owner_alone_and_goes_with_the_engine(tmp_path):
    (tmp_path / SOCKET).touch()
    async with listen(tmp_path, answer):
        assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600
    assert not (tmp_path / SOCKET).exists()


async def test_a_run_folder_may_lie_deeper_than_a_socket_path_may_be_long(tmp_path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with listen(deep, answer):
        assert await Control(deep).send("ping") == "ping"
