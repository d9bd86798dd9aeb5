"""What is said of the list as a whole, and of the one node that is selected."""

from collections.abc import Iterable, Mapping

from rich.text import Text

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.member_row import INKS
from wizard.design.listing import Listing
from wizard.design.nodes.roster import Member
from wizard.design.nodes.tried import WORDS, State, Tried
from wizard.rollout.outline import count

_ORDER: tuple[State, ...] = (
    "ok",
    "connecting",
    "waiting",
    "untrusted",
    "changed-key",
    "refused",
    "no-sudo",
    "unreachable",
    "failed",
)


def counts(found: Listing, tried: Mapping[str, Tried], *, kind: str) -> list[Span]:
    """Return the title of the table: how many nodes there are, of which role, and what came of trying them."""
    roster, states = found.roster, [one.state for one in tried.values()]
    spans: list[Span] = [(f" {count(len(roster.members))}", "strong")]
    if roster.members:
        spans.append((f"  {roster.count('server')} server, {roster.count('agent')} agent", ""))
    spans += [(f"  {states.count(state)} {WORDS[state]}", INKS[state]) for state in _ORDER if state in states]
    if found.understood.bad:
        spans.append((f"  {len(found.understood.bad)} lines to mend", "bad"))
    if kind != "all":
        spans.append((f"  only {kind} (f: next)", "mark"))
    return spans


def about(member: Member | None, tried: Tried | None, hint: tuple[str, str] | None, glyphs: Glyphs) -> Text:
    """Return what is known of one node, and what to do next where something is wrong."""
    if member is None:
        return Text()
    lines = [f"{member.name}: {member.entry.key}, on line {member.line}; {member.reason}."]
    if hint:
        lines.append(f"Better as {hint[0]}: {hint[1]}. In the table p takes all such roles.")
    if tried and tried.said:
        lines.append(_sentences(f"{WORDS[tried.state]}: {tried.said}", tried.next_move))
    return Text("\n".join(glyphs.text(line) for line in lines))


def notes(found: Listing) -> str:
    """Return what the design misses in the list."""
    return "\n".join(found.roster.notes)


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in _said(parts))


def _said(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if part]
