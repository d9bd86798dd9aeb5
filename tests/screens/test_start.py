"""What the start menu shows and where it leads."""

from pathlib import Path

import pytest

from screens.shell import Apply, Follow, Site, Stand
from tests.screens.conftest import seen
from tests.screens.rollouts import Run
from tests.screens.wizards import settled, shell, state, wizard
from wizard.clusters import Cluster
from wizard.design.answers import Answers
from wizard.design.draft import Draft, save
from wizard.simulator.layout import Layout

__all__ = ["state"]


async def test_a_menu_with_nothing_to_go_on_with_says_what_would_be_there(state: Path) -> None:
    async with wizard() as pilot:
        text = seen(pilot.app)
    assert "New cluster" in text
    assert text.count("none yet") == 2


async def test_a_draft_that_was_left_stands_there_with_its_name_and_page(state: Path) -> None:
    save(Draft(answers=Answers().given("cluster_name", "prod")))
    async with wizard() as pilot:
        assert "on the page questions" in next(line for line in seen(pilot.app).splitlines() if "prod" in line)


async def test_a_damaged_draft_is_told_and_left_alone(state: Path) -> None:
    path = save(Draft(answers=Answers().given("cluster_name", "prod")))
    async with wizard() as pilot:
        path.write_text("{")
        await pilot.press("end", "enter")
        await settled(pilot)
        assert "the draft can't be read" in " ".join(seen(pilot.app).split())
        assert path.exists()


async def test_a_cluster_of_this_host_is_shown_as_it_stands_and_enter_looks_at_it(state: Path, run: Run) -> None:
    run.done()
    place = state / "prod" / "rollouts" / "20251124-160000"
    place.parent.mkdir(parents=True)
    run.folder.rename(place)
    async with wizard() as pilot:
        line = next(line for line in seen(pilot.app).splitlines() if "prod" in line)
        assert "done, 11 of 11 nodes done" in line
        await pilot.press("end", "enter")
        await settled(pilot)
        assert pilot.app.return_value == Follow(place)
    async with wizard() as pilot:
        assert "s Status" not in seen(pilot.app)
        await pilot.press("end")
        await settled(pilot)
        assert "s Status" in seen(pilot.app)
        await pilot.press("s")
        await settled(pilot)
        assert pilot.app.return_value == Stand(place)


async def test_a_name_with_markup_and_escape_codes_is_only_text(state: Path) -> None:
    (state / "a[red]b\x1b[31mc").mkdir(parents=True)
    async with wizard() as pilot:
        assert "a[red]bc" in seen(pilot.app)


async def test_the_menu_of_a_simulated_site_offers_its_machines_and_its_spec(state: Path, tmp_path: Path) -> None:
    site = Site(Draft(answers=Answers().given("cluster_name", "demo"), nodes_text="10.0.0.1\n"), tmp_path / "c.yaml")
    async with wizard(site=site) as pilot:
        assert "simulated" in seen(pilot.app).splitlines()[0]
        await pilot.press("enter")
        await settled(pilot)
        assert shell(pilot).draft.nodes_text == "10.0.0.1\n"
        assert "simulated" in seen(pilot.app).splitlines()[0]
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("home", "down", "enter")
        await settled(pilot)
        assert pilot.app.return_value == Apply(site.spec)


async def test_a_file_is_opened_by_its_path_and_what_is_wrong_with_it_is_told(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "cluster.yaml"
    monkeypatch.chdir(tmp_path)
    async with wizard() as pilot:
        await pilot.press("o", *spec.name, "enter")
        await settled(pilot)
        assert "No such file" in " ".join(seen(pilot.app).split())
        spec.write_text(Layout.of(3, 3).spec(22))
        await pilot.press("enter")
        await settled(pilot)
        assert shell(pilot).draft.answers["cluster_name"] == "demo"
        assert "question 1 of" in seen(pilot.app)


async def test_what_another_tool_wrote_is_taken_over_with_notes(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(
        "server: https://rke2.example.com:9345\ntoken: very-secret-token\ncni: calico\n"
    )
    async with wizard() as pilot:
        await pilot.press("o", *"config.yaml", "enter")
        await settled(pilot)
        text = " ".join(seen(pilot.app).split())
        assert "Taken for a config.yaml of RKE2" in text
        assert "very-secret-token" not in text
        await pilot.press("escape")
        await settled(pilot)
        assert shell(pilot).draft.answers["cni"] == "calico"


async def test_a_draft_is_forgotten_only_after_yes(state: Path) -> None:
    save(Draft(answers=Answers().given("cluster_name", "prod")))
    async with wizard() as pilot:
        await pilot.press("end", "delete")
        await pilot.pause()
        await pilot.press("enter")  # the harmless answer has the focus
        await settled(pilot)
        assert "prod" in seen(pilot.app)
        await pilot.press("end", "delete")
        await pilot.pause()
        await pilot.press("y")
        await settled(pilot)
        assert "prod" not in seen(pilot.app)


async def test_the_palette_leads_to_every_page(state: Path) -> None:
    async with wizard(Draft(answers=Answers().given("cluster_name", "prod"))) as pilot:
        await pilot.press("ctrl+p")
        await settled(pilot)
        await pilot.press(*"Design")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert shell(pilot).draft.place.screen == "design"


async def test_a_host_whose_state_can_not_be_read_says_so_and_still_begins(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> list[Cluster]:
        raise PermissionError(13, "Permission denied", str(state))

    monkeypatch.setattr("screens.start.clusters_here", refuse)
    async with wizard() as pilot:
        assert "can't be read: [Errno 13] Permission denied" in " ".join(seen(pilot.app).split())
        assert "New cluster" in seen(pilot.app)


@pytest.mark.parametrize(("typed", "said"), [("", "no file is named"), ("~nobody.here/x", "No such file")])
async def test_what_is_no_path_of_a_file_is_told_in_the_window(state: Path, typed: str, said: str) -> None:
    async with wizard() as pilot:
        for key in "ob":
            await pilot.press(key, *typed, "enter")
            await settled(pilot)
            told = " ".join(seen(pilot.app).split())
            assert said in told or "no bundle is there" in told
            assert "enter goes on" in told
            await pilot.press("escape")


async def test_a_long_list_of_problems_is_scrolled_with_the_hint_in_sight(state: Path, tmp_path: Path) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text("apiVersion: rancher-wizard/v1\n" + "".join(f"nonsense{number}: 1\n" for number in range(9)))
    async with wizard() as pilot:
        await pilot.press("o", *str(spec), "enter")
        await settled(pilot)
        assert "esc goes back, up and down scroll" in seen(pilot.app)
        assert "nonsense8" not in seen(pilot.app)
        await pilot.press(*["down"] * 160)
        await settled(pilot)
        assert "nonsense8" in seen(pilot.app)
        assert "editor check while you type" in " ".join(seen(pilot.app).replace("▌", "").replace("▐", "").split())
