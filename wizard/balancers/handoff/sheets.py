"""The sheets and configurations, by kind of balancer."""

from collections.abc import Iterable
from functools import cache

import jinja2

from wizard.balancers.handoff.names import api_names, front, user_names, zone_lines
from wizard.balancers.handoff.ways import ways
from wizard.balancers.haproxy.sites import bracketed
from wizard.profiles import profile
from wizard.spec.address import as_ip
from wizard.spec.models import Spec
from wizard.spec.trust import ends_before

# What stands beside a kind's sheet: the file's name, and its template.
_CONFIGS = {"nginx": ("nginx.conf", "nginx.conf.j2"), "dns": ("zone.txt", "zone.txt.j2")}


def kinds() -> tuple[str, ...]:
    """Return the kinds of balancer that there is a sheet for."""
    return tuple(profile("handoff")["kinds"])


def files(spec: Spec, chosen: Iterable[str]) -> dict[str, str]:
    """Return each file's name and text for the chosen kinds; the same spec gives the same texts."""
    found: dict[str, str] = {}
    for kind in chosen:
        found[f"{spec.name}-{kind}.md"] = _rendered("sheet.md.j2", spec, kind)
        if kind in _CONFIGS:
            name, template = _CONFIGS[kind]
            found[f"{spec.name}-{name}"] = _rendered(template, spec, kind)
    return found


def _rendered(template: str, spec: Spec, kind: str) -> str:
    facts, ended = profile("handoff"), ends_before(spec)
    return (
        _environment()
        .get_template(template)
        .render(
            spec=spec,
            kind=kind,
            title=facts["kinds"][kind]["title"],
            warnings=[*facts["kinds"][kind]["warnings"], *([facts["ended"]["dns"]] if ended and kind == "dns" else [])],
            rules=[*facts["ended"]["rules"], *facts["rules"][1:]] if ended else facts["rules"],
            facts=facts,
            front=front(spec),
            listen=_listen(spec),
            ways=ways(spec),
            api_names=api_names(spec),
            user_names=user_names(spec),
            zone=zone_lines(spec, facts["dns_ttl_s"]),
            config=_CONFIGS.get(kind, ("",))[0],
        )
    )


def _listen(spec: Spec) -> tuple[str, ...]:
    """What stands before a port where clients of each family connect; nginx does not start on a family that is off."""
    reached = [as_ip(text) for text in (front(spec), *(node.inner_address for node in spec.nodes))]
    versions = sorted({ip.version for ip in reached if ip} or {4})
    return tuple("" if version == 4 else "[::]:" for version in versions)


@cache
def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("wizard.balancers.handoff"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML; names, addresses and networks of a spec hold no Markdown
    )
    found.filters["bracketed"] = bracketed
    return found
