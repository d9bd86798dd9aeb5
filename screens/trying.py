"""Nodes that are tried while their list is typed: host keys, passwords, and trying again."""

from textual import work
from textual.binding import Binding

from screens.glyphs import Glyphs
from screens.secrets import SecretsPage, Wanted
from screens.trust import ShownKey, TrustTable
from wizard.design.draft import Draft
from wizard.design.listing import login
from wizard.design.nodes.trial import Trials
from wizard.design.nodes.tried import Tried
from wizard.errors import WizardError

DOUBTED = ("untrusted", "changed-key")


class TryingPage(SecretsPage):
    """A page with tries under way; `touched` is called whenever one of them has got on."""

    BINDINGS = [Binding("ctrl+t", "trust", "Host keys")]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.tried: dict[str, Tried] = {}
        """What came of each node's try, by its key, as of the last frame."""
        self._trials: Trials | None = None
        self._login: object = None
        self._keys: tuple[object, ...] = ()

    def touched(self) -> None:
        """Take note that a try has got on; called often, so it draws nothing itself."""

    def begin(self, draft: Draft) -> Trials | None:
        """Log in as `draft` says from now on; None where it can't be used, which the status line tells."""
        given, wanted = self.wizard.given, login(draft)
        if self._trials and self._login == (wanted, given):
            return self._trials
        ssh, base = wanted
        sudo, passphrase = given.sudo_password, given.key_passphrase
        try:
            if self._trials is None:
                self._trials = Trials(
                    ssh, lambda key: self.touched(), base=base, sudo_password=sudo, passphrase=passphrase
                )
            else:
                self._trials.settings(ssh, sudo_password=sudo, passphrase=passphrase)
        except WizardError as error:
            self.say(f"Nodes are not tried: {error.message}. {error.hint}", "bad")
            return None
        self._login = (wanted, given)
        return self._trials

    async def on_unmount(self) -> None:
        if self._trials:
            await self._trials.close()

    def collect(self) -> None:
        """Take what came of the tries so far."""
        self.tried = {row.key: row for row in self._trials.rows} if self._trials else {}

    def show_keys(self) -> None:
        """Show which keys are of use now, when that has changed: the footer is costly to draw."""
        keys = (bool(self._with(*DOUBTED)), self.wanted())
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def _with(self, *states: str) -> list[Tried]:
        return [one for one in self.tried.values() if one.state in states]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "trust":
            return bool(self._with(*DOUBTED))
        return super().check_action(action, parameters)

    @work(exclusive=True, group="trust")
    async def action_trust(self) -> None:
        """Show all host keys in doubt, and record the unknown ones once the operator accepts them."""
        if self._trials is None:
            return
        unknown = self._trials.unknown_keys
        keys = [
            ShownKey(self.called(key.name), f"{key.address}:{key.port}", key.kind, key.fingerprint) for key in unknown
        ]
        keys += [ShownKey(self.called(one.key), one.key, "", "", changed=one.said) for one in self._with("changed-key")]
        if not await self.app.push_screen_wait(TrustTable(keys, self.signs)):
            return
        try:
            count = await self._trials.trust(unknown)
        except OSError as error:
            self.say(f"The host keys can't be recorded: {error}. Look at `ssh.known_hosts`.", "bad")
        else:
            self.say(f"{count} host key{'s' * (count != 1)} recorded; the nodes are tried again.", "good")

    def wanted(self) -> Wanted | None:
        if self._with("no-sudo"):
            return "sudo_password"
        return "key_passphrase" if self._with("refused") else None

    def given(self) -> None:
        self.begin(self.wizard.draft)

    def called(self, key: str) -> str:
        """Return the name of the node whose key is that of its entry."""
        return key

    def try_again(self, key: str | None) -> None:
        """Try one node again, or without `key` all that are not ready."""
        if self._trials:
            self._trials.retry([key] if key else None)
