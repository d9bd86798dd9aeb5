"""Markdown as one HTML file that needs nothing beside itself: handed over, read in a browser, printed."""

import re
from html import escape

_SET_APART = re.compile(r"\\([!-/:-@\[-`{-~])")

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
h2 { border-bottom: 1px solid #8886; font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8884; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { body { font-size: 11px; margin: 0; max-width: none; } tr, li { break-inside: avoid; } }
"""


def page(markdown: str) -> str:
    """Return the page; its title is the first heading. HTML within the Markdown stays text."""
    # Here, as only who wants a page needs it.
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    first = next((line for line in markdown.splitlines() if line.startswith("# ")), "# ")
    title = escape(_SET_APART.sub(r"\1", first[2:]))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
