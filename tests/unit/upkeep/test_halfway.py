"""What was begun and is not ended is told with what goes on with it, by `status` and by `drift`."""

from pathlib import Path

from tests.unit.rke2.conftest import MakeSite
from tests.unit.upkeep.test_standing import Site as Nodes
from tests.unit.upkeep.test_standing import looked
from tests.unit.upkeep.test_token import ORIGIN
from tests.unit.upkeep.test_upkeep import running
from wizard.rollout.lock import Holder, held_here
from wizard.upgrade.restore.begun import FILE as RESTORE
from wizard.upgrade.restore.begun import Wish
from wizard.upgrade.restore.begun import begin as begin_restore
from wizard.upkeep import encryption, token
from wizard.upkeep.drift import drift
from wizard.upkeep.halfway import halfway
from wizard.upkeep.standing_lines import lines


def test_each_is_told_with_its_own_command(make_site: MakeSite, tmp_path: Path) -> None:
    site = running(make_site(secrets=ORIGIN))
    assert halfway(site.state) == halfway(tmp_path / "none") == ()
    begin_restore(Wish(data_of="cp-3"), site.state)
    token.begin(site, {})
    (site.state / encryption.FILE).write_text("{}")
    assert halfway(site.state) == (
        "a restore to what cp-3 has is not ended: rancher-wizard restore SPEC goes on with it",
        "a rotation of the token is not ended: rancher-wizard token rotate SPEC goes on with it",
        "a rotation of the keys for Secrets is not ended: "
        "rancher-wizard secrets-encryption rotate SPEC goes on with it",
    )
    assert {each.what for each in drift(site)} >= set(halfway(site.state))
    with held_here(site.state, Holder.me("20300101-000000")):
        assert all(f"attach {site.state.name}" in each for each in halfway(site.state))


def test_a_damaged_record_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / RESTORE).write_text("{")
    (told,) = halfway(tmp_path)
    assert "restore.json is damaged: Delete it" in told


async def test_status_of_a_healthy_cluster_names_a_rotation_that_is_not_ended(make_site: MakeSite) -> None:
    site = running(make_site(secrets=ORIGIN))
    token.begin(site, {})
    standing = await looked(Nodes(), state=site.state)
    told = list(lines(standing))
    assert told[0].endswith("1 to look at")
    assert told[-1] == f"! {halfway(site.state)[0]}"
