"""Running scripts on a host, through real servers and a real shell."""

import asyncio

import pytest

from tests.unit.hosts.site import Site
from wizard.errors import CommandFailed, LinkLost, Unreachable
from wizard.hosts.output import CUT, OUTPUT_LIMIT
from wizard.hosts.script import Script
from wizard.secret import Secret

ECHO = Script("echo", 'for arg in "$@"; do printf "[%s]\\n" "$arg"; done')
CAT = Script("cat", "cat")


@pytest.mark.parametrize(
    "arg", ["it's", 'say "hi"', "$(id)`id`", "$HOME", "a b\tc", "*", "", "-n", "\\", "ünï", "; exit 9", "a'\"'b"]
)
async def test_an_argument_arrives_as_it_was_given(site: Site, arg: str) -> None:
    await site.add("cp-1")
    result = await site.wire(site.target("cp-1")).host("cp-1").run(ECHO, arg, "end", timeout_s=20)
    assert result.lines == (f"[{arg}]".expandtabs(), "[end]")


async def test_a_newline_in_an_argument_stays_a_newline(site: Site) -> None:
    await site.add("cp-1")
    result = await site.wire(site.target("cp-1")).host("cp-1").run(ECHO, "one\ntwo", timeout_s=20)
    assert result.lines == ("[one", "two]")


async def test_a_script_without_input_sees_its_end(site: Site) -> None:
    await site.add("cp-1")
    assert (await site.wire(site.target("cp-1")).host("cp-1").run(CAT, timeout_s=20)).lines == ()


async def test_bytes_that_are_not_utf8_neither_end_the_connection_nor_raise(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    result = await host.run(Script("bytes", r"printf 'a\377\376b\n\033[2Jc\n'; printf '\300' >&2"), timeout_s=20)
    assert result.lines == ("a\ufffd\ufffdb", "c")
    assert result.errors == ("\ufffd",)
    await host.run(CAT, timeout_s=20)
    assert len(node.logins) == 1


async def test_output_is_kept_up_to_its_limit_and_heard_to_its_end(site: Site) -> None:
    await site.add("cp-1")
    heard = 0

    def hear(line: str) -> None:
        nonlocal heard
        heard += 1

    script = Script("much", "yes 0123456789012345678901234567890123456789012345678 | head -c 5000000")
    result = await site.wire(site.target("cp-1")).host("cp-1").run(script, timeout_s=60, on_line=hear)
    assert heard == 100_000
    assert sum(len(line) + 1 for line in result.lines) <= OUTPUT_LIMIT + len(CUT) + 1
    assert result.lines[-1] == CUT


async def test_one_endless_line_is_bounded(site: Site) -> None:
    await site.add("cp-1")
    script = Script("line", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end")
    result = await site.wire(site.target("cp-1")).host("cp-1").run(script, timeout_s=60)
    assert len(result.lines[0]) < 5000
    assert result.lines[1:] == ("end",)


async def test_large_input_and_output_at_the_same_time_do_not_block_each_other(site: Site) -> None:
    await site.add("cp-1")
    data = b"0123456789abcde\n" * 200_000
    result = await site.wire(site.target("cp-1")).host("cp-1").run(CAT, stdin=data, timeout_s=60)
    assert len(result.lines) == 200_000


async def test_a_script_that_ends_before_it_read_its_input_is_judged_by_its_exit_status(site: Site) -> None:
    await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    with pytest.raises(CommandFailed) as failure:
        await host.run(Script("early", "exec <&-; echo no room >&2; exit 3"), stdin=b"x" * 5_000_000, timeout_s=60)
    assert failure.value.exit_status == 3
    assert str(failure.value) == "cp-1: early: exit 3: no room"


async def test_a_failed_script_is_a_result_when_it_is_not_checked(site: Site) -> None:
    await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    assert (await host.run(Script("no", "exit 4"), timeout_s=20, check=False)).exit_status == 4
    assert (await host.run(Script("killed", "kill -9 $$"), timeout_s=20, check=False)).exit_status == 137


async def test_a_host_that_lets_in_but_says_nothing_is_given_up_early(site: Site) -> None:
    await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    with pytest.raises(CommandFailed, match=r"no answer in 0\.3 s"):
        await host.run(Script("silent", "sleep 30"), timeout_s=60, silent_s=0.3)
    talks = Script("talks", "echo a; sleep 0.4; echo b")
    assert (await host.run(talks, timeout_s=60, silent_s=0.3)).lines == ("a", "b")
    with pytest.raises(CommandFailed, match=r"no answer in 0\.6 s"):
        await host.run(Script("slow", "echo a; sleep 30"), timeout_s=0.6, silent_s=0.3)


async def test_a_hanging_script_is_given_up_and_its_channel_is_closed(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    with pytest.raises(CommandFailed, match=r"cp-1: hang: no answer in 0\.3 s"):
        await host.run(Script("hang", "exec sleep 600"), timeout_s=0.3)
    await host.run(CAT, timeout_s=20)
    assert node.open_channels <= 1
    assert len(node.logins) == 1


async def test_a_cancelled_run_closes_its_channel_too(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    started = asyncio.Event()
    script = Script("hang", "echo up; exec sleep 600")
    task = asyncio.create_task(host.run(script, timeout_s=600, on_line=lambda line: started.set()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await host.run(CAT, timeout_s=20)
    assert node.open_channels <= 1


async def test_a_missing_exit_status_is_never_taken_for_success(site: Site) -> None:
    node = await site.add("cp-1")
    node.lose_status = True
    with pytest.raises(LinkLost):
        await site.wire(site.target("cp-1")).host("cp-1").run(Script("fine", "echo done"), timeout_s=20)


async def test_a_link_that_drops_in_mid_run_is_lost_and_comes_back(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    script = Script("long", "echo up; exec sleep 600")
    with pytest.raises(LinkLost, match="cp-1: the connection dropped while long ran"):
        await host.run(script, timeout_s=60, on_line=lambda line: node.power_cut())
    await host.reconnect(patience_s=30)
    assert (await host.run(ECHO, "back", timeout_s=20)).lines == ("[back]",)
    assert len(node.logins) == 2


async def test_the_next_run_connects_by_itself_when_the_link_dropped_between_two(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    await host.run(CAT, timeout_s=20)
    node.power_cut()
    await asyncio.gather(*(connection.wait_closed() for connection in node.connections))
    try:
        await host.run(CAT, timeout_s=20)
    except LinkLost:
        await host.run(CAT, timeout_s=20)
    assert len(node.logins) == 2


async def test_reconnect_waits_for_a_host_that_is_still_starting(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    node.stop()
    reasons: list[str] = []
    back: list[asyncio.Task[None]] = []

    def waiting(reason: str) -> None:
        if not reasons:
            back.append(asyncio.create_task(node.start()))
        reasons.append(reason)

    await host.reconnect(patience_s=60, on_wait=waiting)
    assert reasons[0] == f"127.0.0.1 port {node.port} refused the connection"


async def test_reconnect_gives_up_when_its_patience_is_over(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    node.stop()
    with pytest.raises(Unreachable, match=r"not back after 0 s: .* refused the connection"):
        await host.reconnect(patience_s=0)


async def test_at_most_six_channels_of_one_connection_are_open(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    await asyncio.gather(*(host.run(Script("nap", "sleep 0.05"), timeout_s=60) for _ in range(20)))
    assert node.most_channels <= 6
    assert len(node.logins) == 1


async def test_a_refused_session_names_the_setting_to_raise(site: Site) -> None:
    await site.add("cp-1", sessions=False)
    with pytest.raises(Unreachable) as failure:
        await site.wire(site.target("cp-1")).host("cp-1").run(CAT, timeout_s=20)
    assert "MaxSessions" in failure.value.hint


async def test_a_secret_goes_by_stdin_and_never_in_the_command_line(site: Site) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    result = await host.run(Script("count", "wc -c"), stdin=Secret("hush-hush"), timeout_s=20)
    assert result.lines[0].strip() == "9"
    assert not [command for command in node.commands if "hush" in command]


async def test_scripts_run_in_a_known_environment_under_their_name(site: Site) -> None:
    node = await site.add("cp-1")
    result = (
        await site.wire(site.target("cp-1"))
        .host("cp-1")
        .run(Script("who", 'echo "$0 $LC_ALL"; case $PATH in /usr/local/sbin:*) echo known;; esac'), timeout_s=20)
    )
    assert result.lines == ("rw:who C", "known")
    assert node.commands[0].startswith("env LC_ALL=C PATH=")
