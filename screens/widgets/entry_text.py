"""What is to be read of a bundle: of one entry, of who signed it, and of how far it is proven."""

from collections.abc import Iterator

from screens.glyphs import Glyphs
from screens.widgets.entry_list import INKS, STATES, sign
from screens.widgets.ink import Span, cells, fit
from wizard.bundle.format.manifest import Entry
from wizard.bundle.proving import Proving
from wizard.bundle.sizes import size
from wizard.bundle.summary import entry_bytes, summary
from wizard.times import duration
from wizard.upgrade.carried import carried_lines

_BAR = 14


def title(proving: Proving, width: int, glyphs: Glyphs) -> list[Span]:
    """Return the line at the head: which bundle this is, and what is in it."""
    bundle = proving.bundle
    left: list[Span] = [(" rancher-wizard ", "muted"), (f"bundle {bundle.manifest.name}", "strong")]
    right = f"  {summary(bundle.head)} "
    name = fit(glyphs.text(f"  {bundle.path}"), width - cells(left) - len(right), ellipsis=glyphs.ellipsis)
    return [*left, (name, "muted"), (right, "")]


def verdict(proving: Proving, glyphs: Glyphs) -> list[Span]:
    """Return the line below it: how far the bundle is proven, and whether it may be used."""
    match proving.phase:
        case "not yet" if proving.refusal:
            return [(f" {sign('wrong', glyphs)} Signed by nobody who is trusted here; nothing was read yet.", "bad")]
        case "not yet":
            return [(f" {_capital(proving.signer, glyphs)}; nothing was read yet, v proves every byte.", "")]
        case "running":
            return _moving(proving, glyphs)
        case "stopped":
            return [(f" Stopped after {size(proving.tally.have_bytes)}: nothing is proven. v begins again.", "warn")]
        case "wrong":
            said = proving.failure.message if proving.failure else ""
            return [(f" {sign('wrong', glyphs)} Not to be used. {glyphs.text(said)}", "bad")]
        case "whole" if not proving.good:
            return [(f" {sign('wrong', glyphs)} Whole, but signed by nobody who is trusted here.", "bad")]
    return [(f" {sign('whole', glyphs)} Whole: every byte is as it was made; {glyphs.text(proving.signer)}.", "good")]


def _capital(text: str, glyphs: Glyphs) -> str:
    return glyphs.text(text[:1].upper() + text[1:])


def _moving(proving: Proving, glyphs: Glyphs) -> list[Span]:
    tally = proving.tally
    part = tally.have_bytes / tally.total_bytes if tally.total_bytes else 1.0
    full = int(part * _BAR)
    left = f", {duration(tally.left_s)} left" if tally.left_s else ""
    rate = f", {size(int(tally.rate))}/s" if tally.rate else ""
    count = len(proving.bundle.manifest.entries)
    said = f" {part:4.0%} of {size(tally.total_bytes)}{rate}{left}; {proving.whole} of {count} whole"
    return [(" ", ""), (glyphs.full * full, "busy"), (glyphs.empty * (_BAR - full), "track"), (said, "")]


def entry_text(proving: Proving, entry: Entry | None, glyphs: Glyphs) -> list[Span]:
    """Return what is wrong with the bundle and what to do next, then all that is known of an entry."""
    lines = [] if entry is None else list(_entry(proving, entry, glyphs))
    return [*_wrong(proving), *lines, *_bundle(proving)]


def _wrong(proving: Proving) -> Iterator[Span]:
    for error in (proving.failure, proving.refusal):
        if error:
            yield error.message, "bad"
            yield f"Next      {error.hint}", ""
            yield "", ""


def _entry(proving: Proving, entry: Entry, glyphs: Glyphs) -> Iterator[Span]:
    state = proving.state(entry)
    yield entry.name, "strong"
    yield f"{sign(state, glyphs)} {state}: {STATES[state]}", INKS[state]
    blobs = len(set(entry.digests))
    total = size(entry_bytes(proving.bundle.manifest, entry))
    yield f"Size      {total}{f' in {blobs} blobs, some of them perhaps of others too' if blobs > 1 else ''}", ""
    yield f"For       {', '.join(entry.roles) or 'whoever asks for it'}{f'; {entry.arch} alone' * bool(entry.arch)}", ""
    for label, said in (("Version", entry.version), ("Licence", entry.licence), ("From", entry.source)):
        if said:
            yield f"{label:<9} {said}", ""
    yield f"sha256    {entry.sha256}", "muted"
    yield "", ""


def _bundle(proving: Proving) -> Iterator[Span]:
    bundle = proving.bundle
    if proving.signer:
        yield proving.signer, "good" if proving.signer.startswith("signed") else "warn"
    for line, good in carried_lines(proving.releases):
        yield line, "" if good else "warn"
    yield f"Bundle id {bundle.id}", "muted"
    if bundle.head.base:
        yield f"On top of {bundle.head.base}", "muted"
