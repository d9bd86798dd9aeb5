"""Secrets that nodes ask for: given by one key, kept in memory alone, and tried at once."""

from dataclasses import replace
from typing import Literal

from textual.binding import Binding

from screens.page import Page
from screens.password import AskSecret
from wizard.secret import Secret

Wanted = Literal["sudo_password", "key_passphrase"]
ASKED: dict[str, tuple[str, str]] = {
    "sudo_password": (
        "Sudo password of the nodes",
        "sudo on the nodes asks for it. It is written to no file; the spec then says `ssh.sudo: password`.",
    ),
    "key_passphrase": (
        "Passphrase of the SSH key",
        "It opens the private key that logs in to the nodes. It is written to no file.",
    ),
}


class SecretsPage(Page):
    """A page that knows which secret its nodes ask for."""

    BINDINGS = [Binding("f4", "password", "Password")]

    def wanted(self) -> Wanted | None:
        """Return the secret that nodes ask for, None where none would help."""
        return None

    def given(self) -> None:
        """Go on with the secrets that the program has now."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "password":
            return self.wanted() is not None
        return super().check_action(action, parameters)

    def action_password(self) -> None:
        """Ask for the secret that nodes asked for."""
        if wanted := self.wanted():
            self.app.push_screen(AskSecret(*ASKED[wanted], self.signs), lambda secret: self._take(wanted, secret))

    def _take(self, wanted: Wanted, secret: Secret | None) -> None:
        if secret is None:
            return
        self.wizard.given = replace(self.wizard.given, **{wanted: secret})
        draft = self.wizard.draft
        if wanted == "sudo_password" and draft.answers["ssh_sudo"] != "password":
            self.wizard.change(draft.answered(draft.answers.given("ssh_sudo", "password")))
        self.given()
