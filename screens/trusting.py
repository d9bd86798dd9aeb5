"""Host keys that are not known yet: shown in one table as soon as a check meets them, and accepted once."""

import asyncio

from textual import work
from textual.binding import Binding

from screens.glyphs import Glyphs
from screens.mending import MendingScreen
from screens.trust import ShownKey, TrustTable
from wizard.checking import Checking
from wizard.errors import WizardError
from wizard.rollout.outline import count


class TrustingScreen(MendingScreen):
    """Asks by itself once; afterwards on `t`, as a key that was refused is asked for by nobody."""

    BINDINGS = [Binding("t", "trust", "Host keys", show=False)]

    def __init__(self, checking: Checking, glyphs: Glyphs) -> None:
        super().__init__(checking, glyphs)
        self._asked = False

    def ask_trust(self) -> None:
        """Show the table where there are keys to judge, unless it was shown before."""
        if self.checking.strangers and not self._asked:
            self.action_trust()

    @work(exclusive=True, group="trust")
    async def action_trust(self) -> None:
        """Show the host keys in doubt; on consent, record the unknown ones and check those nodes."""
        self._asked = True
        if not self.checking.strangers:
            self.say("All host keys are the ones on record.")
            return
        keys = await self.checking.doubtful_keys()
        shown = [ShownKey(key.name, f"{key.address}:{key.port}", key.kind, key.fingerprint, key.why) for key in keys]
        if not shown or not await self.app.push_screen_wait(TrustTable(shown, self.signs)):
            self.say("No key was accepted; t shows them again.", "warn")
            return
        try:
            new = await asyncio.to_thread(self.checking.trust, keys)
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}", "bad")
            return
        again = self.checking.strangers
        self.checking.run(nodes=again)
        self.say(f"{new} host key{'s' * (new != 1)} accepted; {count(len(again))} checked again.", "good")
