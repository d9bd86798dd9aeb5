"""What has to be carried for some packages to be installed on a node that reaches no mirror."""

from collections.abc import Iterable
from typing import Generic

from wizard.bundle.packages.relation import Kind, Relation, Shelf
from wizard.errors import WizardError


def closure(shelf: Shelf[Kind], names: Iterable[str], *, there: Iterable[str]) -> tuple[Kind, ...]:
    """Return the packages with all that they depend on and that a minimal node has not, by name.

    A minimal node has what is essential or required in its distribution, the packages `there`, and what these depend
    on. Of what it has, that is brought too which is asked for in a certain version: the node may be behind. Its own
    package manager takes of all this only what it needs. Raises WizardError for what the repositories do not hold.
    """
    base = [each.name for each in shelf.packages.values() if each.base]
    had = _Gathering(shelf, frozenset())
    had.take([*base, *there])
    known = {each.name for each in had.found.values()}
    known |= {provided.name for each in had.found.values() for provided in each.provided}
    gathering = _Gathering(shelf, frozenset(known))
    gathering.take(names)
    return tuple(gathering.found[name] for name in sorted(gathering.found))


class _Gathering(Generic[Kind]):
    """Follows dependencies from package to package; `known` names are there already, in some version."""

    def __init__(self, shelf: Shelf[Kind], known: frozenset[str]) -> None:
        self.found: dict[str, Kind] = {}
        self._shelf = shelf
        self._known = known

    def take(self, names: Iterable[str]) -> None:
        waiting = [self._named(name) for name in names]
        while waiting:
            package = waiting.pop()
            if package.name not in self.found:
                self.found[package.name] = package
                waiting += [each for group in package.groups if (each := self._answer(package, group))]

    def _named(self, name: str) -> Kind:
        found = self._shelf.find(Relation(name))
        if found is None:
            what = f"package {name} is in none of the repositories"
            raise WizardError(what, hint="See --os and --mirror, or bring it by --from-dir.")
        return found

    def _answer(self, package: Kind, group: tuple[Relation, ...]) -> Kind | None:
        """Return what has to come for one dependency; None where a node has it."""
        if any(each.name in self._known and not each.operator for each in group):
            return None
        answers = [found for each in group for found in self._shelf.answers(each)]
        if not answers:
            if all(each.wished for each in group):
                return None
            what = (
                f"package {package.name} depends on {' | '.join(map(str, group))}, which is in none of the repositories"
            )
            raise WizardError(what, hint="A mirror may be half-way through an update: try again, or use another.")
        return next((each for each in answers if each.name in self.found), answers[0])
