"""The successor of RKE1 and RancherD, one key away wherever their design is looked at."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.page import Page
from wizard.design.successor import How, aged, succeeded

KEYS = (
    ("u", "RKE1 and RancherD: their successor, RKE2 with the same answers; Rancher by helm where there was one"),
    ("U", "the same, with Rancher as charts that RKE2 installs itself: one Rancher a cluster"),
)


class SucceedingPage(Page):
    """A page of a design that may be for a distribution that has ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "succeed('helm')", "Successor"),
        Binding("U", "succeed('manifests')", "Successor, by manifests", show=False),
    ]

    def action_succeed(self, how: How) -> None:
        """Go over to RKE2 with the same answers."""
        self.wizard.change(succeeded(self.wizard.draft, how))
        self.say("RKE2 takes its place, with the same answers; its release and source are asked for anew.", "good")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "succeed":
            return aged(self.wizard.draft)
        return super().check_action(action, parameters)
