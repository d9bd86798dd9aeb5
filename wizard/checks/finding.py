"""What a check says of a node: a verdict, what was seen, what is wanted, and the next move."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from wizard.errors import WizardError

Verdict = Literal["ok", "warn", "fail", "skipped"]
Severity = Literal["must", "should", "note"]
Fix = Literal[
    "",
    "cloud_setup",
    "firewall",
    "modules",
    "network_manager",
    "packages",
    "swap",
    "sysctls",
    "time",
]
"""What the wizard can mend itself, with consent; "" where it is the operator's work."""

LONGEST = 400
"""Characters of one text of a finding: a node may say anything, a cell and a report line hold only so much."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's word on one node; every verdict but ok names the next move.

    `severity` is the check's own: a failed `must` stops a rollout, a failed `should` may be waived, a `note` only
    informs. `warn` never stops anything.
    """

    check: str
    severity: Severity
    verdict: Verdict
    saw: str
    wanted: str = ""
    next_move: str = ""
    fix: Fix = ""

    @property
    def good(self) -> bool:
        """True when there is nothing to do."""
        return self.verdict in ("ok", "skipped")

    @property
    def stops(self) -> bool:
        """True when a rollout must not start before this is mended, or forced."""
        return self.verdict == "fail" and self.severity == "must"

    def record(self) -> dict[str, str]:
        """Return this as plain data, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, record: Any) -> "Finding":
        """Return the finding of a record; raises WizardError for what is none."""
        try:
            made = cls(**{name: str(value) for name, value in record.items()})  # type: ignore[arg-type]  # proven below
        except (AttributeError, TypeError) as error:
            raise WizardError("this is no finding of a check", hint="Run the checks again.") from error
        if made.verdict not in get_args(Verdict) or made.severity not in get_args(Severity):
            raise WizardError(f"this is no finding: {made.verdict}, {made.severity}", hint="Run the checks again.")
        return made


@dataclass(frozen=True, slots=True)
class Said:
    """A finding before its check has put its name to it: what `judge` functions return."""

    verdict: Verdict
    saw: str
    wanted: str = ""
    next_move: str = ""
    fix: Fix = ""

    def by(self, check: str, severity: Severity) -> Finding:
        """Return the finding of `check`."""
        return Finding(
            check,
            severity,
            self.verdict,
            saw=_short(self.saw),
            wanted=_short(self.wanted),
            next_move=_short(self.next_move),
            fix=self.fix,
        )


def ok(saw: str) -> Said:
    """It is as wanted."""
    return Said("ok", saw)


def warn(saw: str, *, wanted: str, next_move: str, fix: Fix = "") -> Said:
    """It works, but not well, or not for long."""
    return Said("warn", saw, wanted, next_move, fix)


def fail(saw: str, *, wanted: str, next_move: str, fix: Fix = "") -> Said:
    """It is not as wanted."""
    return Said("fail", saw, wanted, next_move, fix)


def skipped(why: str, *, next_move: str) -> Said:
    """It could not be told; `next_move` makes it tellable."""
    return Said("skipped", why, next_move=next_move)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
