"""What the operator sees before saying start: every file, the plan, what differs, and what was assumed.

Nothing here changes a node or the jump host: a cluster that is only looked at leaves no state behind.
"""

import difflib
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from wizard import whole
from wizard.apply import Given, open_site
from wizard.checks.finding import Finding
from wizard.checks.matrix import Matrix
from wizard.design.compose import chosen, compose_draft, shortage
from wizard.design.draft import Draft
from wizard.design.recommend import recommend
from wizard.errors import BadSpec, WizardError
from wizard.plain import plain
from wizard.preflight import extra, judge, stopping
from wizard.rollout.outline import file_state
from wizard.rollout.plan import Plan
from wizard.rollout.process import runs
from wizard.rollout.step import Survey
from wizard.site import Identity, Site, state_path
from wizard.spec.load import read_spec
from wizard.spec.models import Spec
from wizard.spec.token import own_token_warnings
from wizard.vault.secrets import Secrets, Unsealed
from wizard.vault.vault import SEALED, Vault, sealed_by_passphrase

DEFAULT_NAME = "cluster.yaml"


@dataclass(frozen=True, slots=True)
class NodeFile:
    """One file that the plan writes on a node: its text with secrets masked, and how it stands to what is there."""

    node: str
    path: str
    mode: int
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What is new against an earlier spec; `lines` is a unified diff, empty when nothing is."""

    against: str
    lines: tuple[str, ...]
    of_file: bool = False
    """Against the file that a start would write, rather than an earlier rollout."""

    @property
    def count(self) -> int:
        """How many lines differ."""
        return sum(line.startswith(("+", "-")) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Review:
    """All that is to be looked at before a start. `plan` is None as long as `problems` stand in the way."""

    path: Path
    text: str
    spec: Spec | None = None
    plan: Plan | None = None
    survey: Survey | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    checks: Matrix | None = None
    """What the checks say of the nodes; None as long as nobody has looked at them."""

    @property
    def looked_at(self) -> int:
        """How many nodes have told what they are."""
        return len(self.survey.facts) if self.survey else 0

    @property
    def stops(self) -> tuple[tuple[str, Finding], ...]:
        """The checks that keep this from being started, each with its node."""
        return tuple(stopping(self.checks, self.plan.nodes)) if self.checks and self.plan else ()

    @property
    def overwrites(self) -> Difference | None:
        """How the file that is at `path` differs; None where there is none, or it has this very text."""
        return next((one for one in self.differences if one.of_file and one.lines), None)

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that do without a screen what start does, ready to be pasted into a shell."""
        if self.spec is None:
            return ()
        sudo = " --sudo-password-file FILE" if self.spec.asks_sudo_password else ""
        file = shlex.quote(str(self.path))
        return (
            f"rancher-wizard trust {file}",
            f"rancher-wizard plan {file}{sudo}",
            f"rancher-wizard apply {file} --headless --yes{sudo}",
        )

    def files(self, node: str) -> tuple[NodeFile, ...]:
        """Return the files that the plan writes on `node`, in order."""
        if self.plan is None or self.survey is None:
            return ()
        facts = self.survey.facts.get(node)
        return tuple(
            NodeFile(
                node,
                file.path,
                file.mode,
                file_state(file, facts, needed=not step.settled(node, self.survey)),
                file.shown,
            )
            for stage in self.plan.stages
            if node in stage.nodes
            for step in stage.steps
            for file in step.files(node)
        )


def review_draft(draft: Draft, *, given: Given | None = None, seen: Survey | None = None) -> Review:
    """Return what a start of the spec that a draft leads to would do; otherwise as `review`."""
    path = Path(draft.spec_path or DEFAULT_NAME)
    try:
        text = compose_draft(draft)
    except BadSpec as error:
        return Review(path, "", problems=error.problems)
    found = review(text, path, given=given, seen=seen)
    if found.spec is None:
        return found
    missing = shortage([node.role for node in found.spec.nodes], chosen(draft, recommend(draft.answers)))
    return replace(found, warnings=(*missing, *found.warnings))


def review(text: str, path: Path, *, given: Given | None = None, seen: Survey | None = None) -> Review:
    """Take a spec's text and the path it has or will have; return what a start would do. Reads files, writes none.

    `seen` is what `look` found; without it the plan is that of nodes with nothing on them.
    """
    differences = tuple(_differences(text, path))
    try:
        loaded = read_spec(text.encode(), name=path.name)
    except BadSpec as error:
        return Review(path, text, problems=error.problems, differences=differences)
    spec, seen = loaded.spec, seen or Survey()
    differences += tuple(_since_applied(text, spec.name))
    try:
        advice = own_token_warnings(spec, path.parent)
        vault, notes = _secrets(spec.name, given or Given())
        plan = whole.plan(_site(spec, path, vault, seen))
    except WizardError as error:
        problem = f"{error.message}. {error.hint}".strip()
        return Review(path, text, spec, problems=(problem,), warnings=loaded.warnings, differences=differences)
    warnings = (*loaded.warnings, *advice, *notes, *((plan.notice,) if plan.notice else ()), *plan.notes)
    checks = judge(spec, seen) if seen.facts or seen.failures else None
    return Review(path, text, spec, plan, seen, warnings=warnings, differences=differences, checks=checks)


def _site(spec: Spec, path: Path, vault: Secrets, seen: Survey) -> Site:
    state = state_path(spec.name)
    # A name made at random would differ each time one looks.
    identity = Identity.of(state, spec.first_server.name, begin=False)
    return Site(spec, path.parent.resolve(), state, vault, seen, identity)


async def look(spec: Spec, base: Path, given: Given) -> Survey:
    """Probe every node of a spec once, for plan and checks, and change nothing; `base` is the folder of the spec.

    Raises WizardError for a vault that stays closed.
    """
    async with open_site(spec, base, given, begin=False, extra=extra(spec, base)) as opened:
        return opened.site.survey


def missing_secrets(spec: Spec, given: Given) -> tuple[str, ...]:
    """Return which secrets a start will ask for, by their names in `Given`, and that nobody has given yet."""
    needed = {"sudo_password": spec.asks_sudo_password, "vault_passphrase": sealed_by_passphrase(state_path(spec.name))}
    return tuple(name for name, needs in needed.items() if needs and getattr(given, name) is None)


def _secrets(cluster: str, given: Given) -> tuple[Secrets, tuple[str, ...]]:
    """Return the cluster's vault, when there is one that opens, and what to know when it does not."""
    state = state_path(cluster)
    if not (state / SEALED).exists():
        return Unsealed(), ()
    try:
        return Vault.open(state, passphrase=given.vault_passphrase), ()
    except WizardError as error:
        return Unsealed(), (f"{error.message}; whether files are in place can't be told. {error.hint}",)


def _differences(text: str, path: Path) -> Iterable[Difference]:
    if path.is_file():
        yield replace(difference(_read(path), text, f"the file {path.name} as it is"), of_file=True)


def _since_applied(text: str, cluster: str) -> Iterable[Difference]:
    for run in runs(state_path(cluster))[-1:]:
        yield difference(_read(run / "cluster.yaml"), text, f"the last rollout of {cluster} ({run.name})")


def difference(before: str, after: str, against: str) -> Difference:
    """Return how `after` differs from `before`, which is called `against`."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", n=2, lineterm="")
    return Difference(against, tuple(plain(line) for line in lines if not line.startswith(("---", "+++"))))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
