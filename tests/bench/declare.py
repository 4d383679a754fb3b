"""How a benchmark is declared, and what it gives."""

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module

from tests.bench import measures
from tests.bench.world import World


@dataclass(frozen=True)
class Row:
    """One thing measured. `value` and `floor` are in `unit`; `n` is how many times, then `value` is the median.

    `mark` names one of the benchmark's marks: the mark `ratio` is for value over floor, any other for the value itself.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    p95: float | None = None
    n: int | None = None
    mark: str | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    def over(self, marks: Mapping[str, float]) -> bool | None:
        """Whether the row is over its mark; None where it has none. Raises KeyError for a mark that is not declared."""
        if self.mark is None:
            return None
        judged = self.ratio if self.mark == "ratio" else self.value
        if judged is None:
            raise KeyError(f"{self.what}: a ratio is marked, but there is no floor")
        return judged > marks[self.mark]


Function = Callable[[World], Iterable[Row]]


@dataclass(frozen=True)
class Benchmark:
    """A benchmark: its name, what it measures, its marks by name (at most so much), and the function that gives its rows."""

    name: str
    measures: str
    marks: Mapping[str, float]
    run: Function


DECLARED: dict[str, Benchmark] = {}


def benchmark(name: str, says: str, **marks: float) -> Callable[[Function], Function]:
    """Declare the function as the benchmark of that name. Raises ValueError for a name that is taken."""

    def declare(function: Function) -> Function:
        if name in DECLARED:
            raise ValueError(f"There are two benchmarks {name!r}.")
        DECLARED[name] = Benchmark(name, says, marks, function)
        return function

    return declare


def chosen(names: list[str]) -> Iterator[Benchmark]:
    """The benchmarks of these names, or all. Raises LookupError for an unknown one."""
    for module in pkgutil.iter_modules(measures.__path__):
        import_module(f"{measures.__name__}.{module.name}")
    unknown = [name for name in names if name not in DECLARED]
    if unknown:
        raise LookupError(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(DECLARED)}.")
    yield from (DECLARED[name] for name in names or DECLARED)
