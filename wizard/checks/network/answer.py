"""What each answer means: a link that is open or not, a way that carries or loses."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from wizard.checks.network.links import DOOR, Answer, Link, Way
from wizard.checks.network.question import Question
from wizard.checks.network.reading import Heard, Opened, holder, protocol_of

NOT_ANSWERED: tuple[Answer, str] = "untried", "the question was not answered for"
OWN_FIREWALL: tuple[Answer, str] = "rejected", "the sender's own firewall refuses to send"
REFUSED: tuple[Answer, str] = "rejected", "refused, though it listens there"


def connected(source: str, question: Question, heard: Heard | None, *, run: str, opened: Opened | None = None) -> Link:
    """Return the link that the answer to a TCP question proves.

    `opened` is the target's own, `run` the word that the listeners of this proof say.
    """
    if heard is None:
        return _link(source, question, NOT_ANSWERED)
    if heard.number("took") is None:
        listening = question.kind == "tcp" and question.target != DOOR
        return _link(source, question, _failed(heard.text, listening=listening))
    if question.kind == "knock":
        owner = opened.busy.get(f"{question.port}/tcp", "-") if opened else "-"
        return _link(source, question, ("in_use", f"held by {holder(owner)}"))
    return _link(source, question, _greeted(question, heard, run))


def received(source: str, question: Question, heard: Heard | None, count: int) -> Link:
    """Return the link that `count` datagrams at the target prove."""
    if heard is None:
        return _link(source, question, NOT_ANSWERED)
    sent = int(heard.number("sent") or 0)
    if count:
        return _link(source, question, ("open", "" if count >= sent else f"{count} of {sent} datagrams came through"))
    if "Operation not permitted" in heard.text:
        return _link(source, question, OWN_FIREWALL)
    if heard.number("refused"):
        return _link(source, question, REFUSED)
    return _link(source, question, ("filtered", f"none of {sent} datagrams came through"))


def carried(source: str, target: str, heard: Iterable[Heard], datagrams: tuple[int, int]) -> Way:
    """Return how a way carries, from all answers of one target.

    Where pings are not answered, times are those of TCP connects, and loss that of `datagrams`, (sent, received).
    """
    answers = list(heard)
    pings = next((each for each in answers if each.kind == "way"), None)
    if pings and (arrived := int(pings.number("received") or 0)):
        return Way(
            source,
            target,
            sent=int(pings.number("sent") or 0),
            received=arrived,
            median_ms=pings.number("median") or 0.0,
            p99_ms=pings.number("p99") or 0.0,
            by="ping",
            mtu=int(pings.number("mtu") or 0),
            mtu_wanted=int(pings.number("wanted") or 0),
        )
    sent, arrived = datagrams if datagrams[1] else (0, 0)
    times = sorted(took / 1000 for each in answers if (took := each.number("took")))
    if not times:
        return Way(source, target, sent=sent, received=arrived)
    return Way(source, target, sent=sent, received=arrived, median_ms=times[0], p99_ms=times[-1], by="connect")


def settled(links: Iterable[Link], *, alive: bool, way: Way | None) -> Iterator[Link]:
    """Yield the links of one pair once all of them are known.

    "No route" from a host that answers elsewhere is a firewall's word; nobody listened where a listener had ended.
    """
    known = list(links)
    there = any(link.good for link in known) or (way is not None and way.received > 0)
    for link in known:
        if link.bad and not alive:
            yield replace(link, answer="untried", said="the listener there ended too early")
        elif link.answer == "unreachable" and there:
            yield replace(link, answer="rejected", said="a firewall forbids it (ICMP prohibited)")
        else:
            yield link


def _link(source: str, question: Question, judged: tuple[Answer, str]) -> Link:
    protocol = protocol_of(question.kind)
    return Link(source, question.target, question.port, protocol, *judged, must=question.must, why=question.why)


def _greeted(question: Question, heard: Heard, run: str) -> tuple[Answer, str]:
    said = heard.text.partition("said=")[2].strip()
    word, _, name = said.partition(" ")
    if question.target == DOOR and word == run:
        return "open", f"{name} answers"
    if question.target == name:
        return "open", ""
    if word == run:
        return "wrong", f"{name} answers at {question.address}"
    if not said:
        return "filtered", "the connection opens, and then nothing comes through"
    return "wrong", f"another host or program answers at {question.address}"


def _failed(text: str, *, listening: bool) -> tuple[Answer, str]:
    if "No route to host" in text or "Network is unreachable" in text:
        return "unreachable", "no route to host"
    if "Operation not permitted" in text or "Permission denied" in text:
        return OWN_FIREWALL
    if "Connection refused" in text:
        return REFUSED if listening else ("refused", "nothing listens there")
    if "not known" in text or "name resolution" in text:
        return "unreachable", "its name leads nowhere"
    return "filtered", "no answer"
