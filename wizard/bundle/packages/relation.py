"""What one package asks of others, and what answers it: the same for all kinds of packages."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Relation:
    """One package or ability that is asked for; `operator` is empty where any version will do.

    Nobody misses a `wished` one that no repository has.
    """

    name: str
    operator: str = ""
    version: str = ""
    wished: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.version}".strip()


class Package(Protocol):
    """A package of a repository."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def base(self) -> bool:
        """Whether each system of its distribution has it."""
        ...

    @property
    def groups(self) -> Iterable[tuple[Relation, ...]]:
        """What it depends on: of each group, one has to be there."""
        ...

    @property
    def provided(self) -> Iterator[Relation]:
        """What it stands for beside its own name."""
        ...


Kind = TypeVar("Kind", bound=Package)


class Shelf(Generic[Kind]):
    """All packages of a system's repositories, the newest of each name."""

    def __init__(
        self, packages: Iterable[Kind], *, key: Callable[[str], Any], satisfies: Callable[[str, str, str], bool]
    ) -> None:
        """Take packages and how their versions compare: `key` orders them, `satisfies` judges a dependency."""
        self.packages: dict[str, Kind] = {}
        self._satisfies = satisfies
        for each in packages:
            known = self.packages.get(each.name)
            if known is None or key(known.version) < key(each.version):
                self.packages[each.name] = each
        self._providers: dict[str, list[tuple[Kind, Relation]]] = {}
        for each in self.packages.values():
            for provided in each.provided:
                self._providers.setdefault(provided.name, []).append((each, provided))

    def find(self, wanted: Relation) -> Kind | None:
        """Return the package that answers: of that name, else the first by name that provides it."""
        return next(iter(self.answers(wanted)), None)

    def answers(self, wanted: Relation) -> list[Kind]:
        """Return all that answer: the one of that name first, then those that provide it, by name."""
        own = self.packages.get(wanted.name)
        fit = [own] if own and self._satisfies(own.version, wanted.operator, wanted.version) else []
        known = (each for each, what in self._providers.get(wanted.name, ()) if self._provides(what, wanted))
        return [*fit, *sorted((each for each in known if each is not own), key=lambda each: each.name)]

    def _provides(self, what: Relation, wanted: Relation) -> bool:
        # What is provided without a version answers nobody who asks for one, with apt as with dnf.
        return not wanted.operator or (
            bool(what.version) and self._satisfies(what.version, wanted.operator, wanted.version)
        )
