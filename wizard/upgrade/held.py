"""What the source of a spec holds of the releases of a way."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from wizard.distros.rke2.release import held
from wizard.errors import Refused
from wizard.spec.models import Spec
from wizard.upgrade.outlook import Hop
from wizard.upgrade.release import Release, known


def releases_held(spec: Spec, base: Path) -> frozenset[Release]:
    """Return the known releases of RKE2 in the spec's source; none where nodes download any, or nobody can tell.

    `base` is the folder of the spec. Raises Refused, WizardError for a bundle that is not trusted or can't be read.
    """
    names = frozenset(held(spec.source, base) or ())
    return frozenset(release for release in known() if str(release) in names)


def refuse_lacking(spec: Spec, base: Path, found: Sequence[Hop]) -> None:
    """Raise Refused where a release on the way is not in the spec's source: before anything is touched."""
    names = held(spec.source, base)
    if names is None:
        return
    if missing := next((hop for hop in found if str(hop.target) not in names), None):
        raise lacking(spec, names, str(found[0].source), str(missing.target))


def way_back_notes(spec: Spec, found: Sequence[Hop], there: Collection[Release]) -> Iterator[str]:
    """Yield that the release which nodes run now is not in a bundle, of whose releases `there` are known."""
    if spec.source.kind == "bundle" and found and found[0].source not in there:
        yield f"{spec.source.path} has not {found[0].source}: for the way back to it, keep the bundle that has."


def lacking(spec: Spec, there: Sequence[str], begins: str, release: str) -> Refused:
    """Return the refusal of a way that begins at a release and goes over one that is not in the spec's source.

    `there` are those that are whole in it.
    """
    source = spec.source
    hint = f"Put that release's files into {source.path}/{release}, as the others lie there."
    if source.kind == "bundle":
        hint = (
            "Make one that carries the whole way, where there is internet: rancher-wizard bundle create SPEC "
            f"--upgrade-from {begins} -o FILE. Sign it, and name it as source.path."
        )
    wanted = "wanted" if release == spec.version else f"on the way to {spec.version}"
    what = f"{source.path} holds {' and '.join(there) or 'no whole release'}; {release} is {wanted}"
    return Refused(what, hint=hint)
