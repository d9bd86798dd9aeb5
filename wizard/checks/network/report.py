"""The network proof as text: a summary, the matrix of roles, the matrix of nodes."""

from collections.abc import Iterator

from wizard.checks.network.links import Answer, Links

NODES_IN_MATRIX = 16
"""A matrix of more nodes than this is wider than a page: its bad pairs are told alone."""
SIGNS: dict[Answer | None, str] = {
    "open": "+",
    "in_use": "+",
    "filtered": "x",
    "rejected": "x",
    "refused": "x",
    "wrong": "!",
    "unreachable": "#",
    "untried": "?",
    None: ".",
}
LEGEND = "+ open, x closed, ! another host, # no route, ? not tried, . not asked; who asks at the left"


def summary(links: Links) -> str:
    """Return in one line what was asked, how it went, and how long it took."""
    every = list(links.all())
    good = sum(link.good for link in every)
    ways = sorted(way.median_ms for way in links.ways.values() if way.by)
    times = f"; round trips {ways[(len(ways) - 1) // 2]:.2f} ms" if ways else ""
    return (
        f"{good} of {len(every)} links open between {len(links.nodes)} nodes{times}; "
        f"{links.commands} commands in {links.seconds:.1f} s" + (f". {links.sampled}" if links.sampled else "")
    )


def lines(links: Links) -> Iterator[str]:
    """Yield the two matrices as lines for a terminal."""
    yield from (line for line, _ in roles(links))
    if len(links.nodes) <= NODES_IN_MATRIX:
        yield ""
        yield from _nodes(links)


def markdown(links: Links) -> Iterator[str]:
    """Yield the lines of a report."""
    yield summary(links) + "."
    yield ""
    yield "```text"
    yield from lines(links)
    yield "```"
    yield ""


def roles(links: Links) -> Iterator[tuple[str, bool]]:
    """Yield the table of roles, then the ports that are closed between two of them; each line with whether it is good.

    The role that asks stands at the left, the one that is asked above; links that are open are counted, of those asked.
    """
    found = links.of_roles()
    heads = list(dict.fromkeys(target for _, target in found))
    width = max((len(name) for pair in found for name in pair), default=0)
    yield " " * width + "".join(f"  {head:>{width}}" for head in heads) + "   (open/asked)", True
    for source in dict.fromkeys(source for source, _ in found):
        row = [found.get((source, head)) for head in heads]
        cells = (f"{cell[1]}/{cell[0]}" if cell else "-" for cell in row)
        yield (
            f"{source:<{width}}" + "".join(f"  {cell:>{width}}" for cell in cells),
            all(a == b for a, b in filter(None, row)),
        )
    for (source, target, label), count in links.closed_to_roles().items():
        yield f"{source} to {target}: {label} closed on {count} {'ways' if count > 1 else 'way'}", False


def _nodes(links: Links) -> Iterator[str]:
    width = max(map(len, links.nodes))
    yield " " * width + "  " + "  ".join(f"{turn:>2}" for turn in range(1, len(links.nodes) + 1))
    for turn, source in enumerate(links.nodes, 1):
        signs = ("\\" if source == target else SIGNS[links.worst(source, target)] for target in links.nodes)
        yield f"{source:<{width}}  " + "  ".join(f"{sign:>2}" for sign in signs) + f"  {turn}"
    yield LEGEND
