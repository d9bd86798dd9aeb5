"""From the review to a running rollout: the spec written, secrets and host keys settled, the operator's last word."""

import asyncio
from dataclasses import replace
from pathlib import Path

from textual import work
from textual.binding import Binding

from screens.asking import Ask
from screens.dialogs import Confirm
from screens.glyphs import Glyphs
from screens.password import AskSecret
from screens.secrets import ASKED, SecretsPage
from screens.shell import Follow
from screens.trust import ShownKey, TrustTable
from wizard.apply import HOLD_S, Opened, checked, free_site, start, tidy
from wizard.checks.report import summary
from wizard.design.draft import Draft
from wizard.design.writing import answers_path, write_spec
from wizard.errors import UntrustedHost, WizardError
from wizard.host_keys import accept_keys, doubtful_keys
from wizard.preflight import refuse
from wizard.review import Review, missing_secrets, review_draft
from wizard.rollout.logout import beyond_logout
from wizard.rollout.outline import count
from wizard.times import duration
from wizard.typed import typed_path

SECRETS: dict[str, tuple[str, str]] = {
    **ASKED,
    "vault_passphrase": ("Passphrase of the vault", "This cluster's secrets were sealed by it."),
}
SHOWN_LINES = 8  # of a difference, in the question whether to overwrite


class StartingPage(SecretsPage):
    """A page with a review; nothing on any node is changed before the last question is answered by yes."""

    BINDINGS = [
        Binding("s", "start", "Start"),
        Binding("w", "write", "Write"),
        Binding("c", "copy", "Copy commands"),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.reviewed: Review | None = None

    def action_copy(self) -> None:
        """Copy the commands that do the same without a screen."""
        if self.reviewed is None or not self.reviewed.commands:
            self.say("There is something to mend first; see Problems.", "warn")
            return
        self.app.copy_to_clipboard("\n".join(self.reviewed.commands) + "\n")
        written = self.reviewed.path.exists() and not self.reviewed.overwrites
        first = "" if written else " Write the spec first: w."
        self.say(f"Copied {len(self.reviewed.commands)} commands, if the terminal allows it.{first}")

    @work(exclusive=True, group="start")
    async def action_write(self) -> None:
        """Ask where the spec is to be written, and write it."""
        if self.reviewed is None or not self.reviewed.text:
            self.say("There is no spec yet; see Problems.", "warn")
            return
        about = "The answers are written beside it; both can be given to `rancher-wizard new`."
        ask = Ask("Write the spec to which file?", about, self.signs, use=_path, value=str(self.reviewed.path))
        path = await self.app.push_screen_wait(ask)
        if path is not None:
            await self._written(replace(self.wizard.draft, spec_path=str(path)))

    @work(exclusive=True, group="start")
    async def action_start(self) -> None:
        """Write the spec, look at the nodes once more, ask, and start."""
        review = self.reviewed
        if review is None or review.spec is None or review.problems:
            self.say("There is something to mend before anything can be started; see Problems.", "bad")
            return
        if not await self._written(replace(self.wizard.draft, spec_path=str(review.path))):
            return
        if not await self._asked_for_secrets(review):
            return
        try:
            run_dir = await self._started(review)
        except WizardError as error:
            self.say(f"Not started: {error.message}. {error.hint}".strip(), "bad")
            return
        if run_dir:
            self.app.exit(Follow(run_dir))

    async def _written(self, draft: Draft) -> bool:
        """Write the spec of `draft`, once the operator knows what gives way to it; False when they would not."""
        review = await asyncio.to_thread(review_draft, draft, given=self.wizard.given)
        if over := review.overwrites:
            lines = "\n".join([*over.lines[:SHOWN_LINES], *(["..."] if len(over.lines) > SHOWN_LINES else [])])
            question = f"Overwrite {review.path.name}? {over.count} lines differ."
            if not await self.app.push_screen_wait(Confirm(question, lines, self.signs, yes="Overwrite", no="Keep it")):
                self.say(f"{review.path} was kept as it was.")
                return False
        try:
            await asyncio.to_thread(write_spec, review.path, review.text, draft.answers)
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}", "bad")
            return False
        self.wizard.change(draft)
        self.say(f"Wrote {review.path}, and the answers to {answers_path(review.path).name}.", "good")
        return True

    async def _asked_for_secrets(self, review: Review) -> bool:
        """Ask for what the rollout needs and nobody has given yet; False when the operator goes back."""
        assert review.spec is not None  # noqa: S101 - asked by the caller
        for name in await asyncio.to_thread(missing_secrets, review.spec, self.wizard.given):
            secret = await self.app.push_screen_wait(AskSecret(*SECRETS[name], self.signs))
            if secret is None:
                self.say("Not started; nothing on any node was changed.")
                return False
            self.wizard.given = replace(self.wizard.given, **{name: secret})
        return True

    async def _started(self, review: Review) -> Path | None:
        """Start an engine and return its run folder; None where there is nothing to do, or the operator said no."""
        assert review.spec is not None  # noqa: S101 - asked by the caller
        base, given = review.path.parent.resolve(), self.wizard.given
        self.say(f"Looking at {count(len(review.spec.nodes))} once more.")
        try:
            async with free_site(review.spec, base, given) as opened:
                return await self._consented(opened, review)
        except UntrustedHost as error:
            if not await self._trusted(review, base):
                raise WizardError(f"{error.node}: its host key is not known", hint="Accept it, then start.") from error
        async with free_site(review.spec, base, given) as opened:
            return await self._consented(opened, review)

    async def _consented(self, opened: Opened, review: Review) -> Path | None:
        plan = opened.plan()
        if plan.empty:
            await tidy(opened)
            self.say(f"Nothing to do: all {count(len(plan.settled))} are as the spec wants them.", "good")
            return None
        self.say("The nodes ask each other on the cluster's ports; this takes some seconds.")
        checks = await checked(opened, plan)
        refuse(checks, plan.nodes)
        stages = "\n".join(
            f"{stage.title}: {count(len(stage.nodes))}, {duration(stage.expected_s())}" for stage in plan.stages
        )
        stays = "" if self.wizard.simulated else (await asyncio.to_thread(beyond_logout)).said
        told = (
            stages,
            f"Checks: {summary(checks)}.",
            _missed(opened),
            stays,
            "Until now nothing on any node was changed.",
        )
        text = "\n".join(filter(None, told))
        question = f"Start on {count(len(plan.nodes))}? Predicted {duration(plan.expected_s())}."
        if not await self.app.push_screen_wait(Confirm(question, text, self.signs, yes="Start", no="Not yet")):
            self.say("Not started; nothing on any node was changed.")
            return None
        given, simulated = self.wizard.given, self.wizard.simulated
        return await asyncio.to_thread(
            start, opened, given, checks=checks, spec_text=review.text.encode(), hold_s=HOLD_S, simulated=simulated
        )

    async def _trusted(self, review: Review, base: Path) -> bool:
        """Show the host keys in doubt in one table; True once the unknown ones are recorded."""
        assert review.spec is not None  # noqa: S101 - asked by the caller
        keys = await doubtful_keys(review.spec, base, self.wizard.given)
        shown = [ShownKey(key.name, f"{key.address}:{key.port}", key.kind, key.fingerprint, key.why) for key in keys]
        if not await self.app.push_screen_wait(TrustTable(shown, self.signs)):
            return False
        return bool(await asyncio.to_thread(accept_keys, keys, review.spec, base))


def _missed(opened: Opened) -> str:
    failed = sorted(opened.site.survey.failures)
    names = ", ".join(failed[:3]) + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")
    return (
        f"Not reached now: {names}. The rollout waits for such nodes, and fails on those that stay away."
        if failed
        else ""
    )


def _path(text: str) -> Path:
    """Take what was typed as the file of a spec. Raises WizardError for what can't be one."""
    path = typed_path(text)
    if path.is_dir():
        raise WizardError(f"{path} is a folder", hint="Name a file in it, such as cluster.yaml.")
    if not path.parent.is_dir():
        raise WizardError(f"{path.parent}: there is no such folder", hint="Name a file in one that exists.")
    return path
