"""Run the benchmarks, all or those named: `python -m tests.bench [names]`."""

import argparse
import json
import sys
from pathlib import Path

from tests.bench import report
from tests.bench.declare import Benchmark, Row, chosen
from tests.bench.world import World
from webapp.clock import system_clock

TO = Path("var/bench.json")


def main() -> int:
    """Run, print, write. The exit status is 0 also when something is over its mark; 1 for an unknown name, and where something
    could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="the benchmarks to run; without any, all")
    parser.add_argument("--output", type=Path, default=TO, help="where the JSON goes (default: %(default)s)")
    given = parser.parse_args()
    try:
        benchmarks = list(chosen(given.names))
    except LookupError as problem:
        print(problem.args[0], file=sys.stderr)
        return 1
    machine = report.facts(system_clock())
    measured: list[tuple[Benchmark, list[Row]]] = []
    failed: list[str] = []
    with World.made() as world:
        for benchmark in benchmarks:
            print(f"{benchmark.name} ...", file=sys.stderr, flush=True)
            try:
                measured.append((benchmark, list(benchmark.run(world))))
            except AssertionError as problem:  # what the others found is not lost with it
                failed.append(f"{benchmark.name} could not be measured: {problem}")
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(report.table(measured) + "\n\n" + report.conclusion(measured))
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps(report.as_data(measured, machine), ensure_ascii=False, indent=2) + "\n")
    print(f"Written to {given.output}.")
    print(*failed, sep="\n", file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())
