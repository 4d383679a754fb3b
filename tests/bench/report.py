"""What was measured, as a table for people and as JSON for programs."""

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.bench.declare import Benchmark, Row

HEAD = ("what", "value", "p95", "unit", "n", "floor", "ratio", "mark", "verdict")
Measured = Sequence[tuple[Benchmark, Sequence[Row]]]


def number(value: float | None) -> str:
    """A number with as many decimals as it can bear: 0.412, 12.3, 110."""
    if value is None:
        return ""
    if value == round(value):
        return f"{value:.0f}"
    return f"{value:.{3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0}f}"


def verdict(row: Row, benchmark: Benchmark) -> str:
    """`over`, `ok`, or nothing where there is no mark."""
    over = row.over(benchmark.marks)
    return "" if over is None else "over" if over else "ok"


def _mark(row: Row, benchmark: Benchmark) -> str:
    if row.mark is None:
        return ""
    return f"≤ {number(benchmark.marks[row.mark])}" + ("x" if row.mark == "ratio" else "")


def table(measured: Measured) -> str:
    """The rows of all benchmarks under their names, in columns of one width throughout."""
    lines: list[tuple[str, ...]] = [HEAD]
    for benchmark, rows in measured:
        for row in rows:
            ratio = f"{number(row.ratio)}x" if row.ratio is not None else ""
            lines.append((row.what, number(row.value), number(row.p95), row.unit, str(row.n or ""), number(row.floor), ratio,
                          _mark(row, benchmark), verdict(row, benchmark)))  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    told = iter(_line(line, widths) for line in lines)
    parts = [next(told)]
    for benchmark, rows in measured:
        parts += ["", f"{benchmark.name}: {benchmark.measures}", *(next(told) for _ in rows)]
    return "\n".join(parts)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    words = (0, 3, 8)
    padded = (cell.ljust(w) if column in words else cell.rjust(w) for column, (cell, w) in enumerate(zip(cells, widths, strict=True)))
    return "  ".join(padded).rstrip()


def conclusion(measured: Measured) -> str:
    """Which rows are over their mark, in a sentence."""
    over = [f"{b.name}, {row.what}" for b, rows in measured for row in rows if row.over(b.marks)]
    marked = sum(row.mark is not None for _, rows in measured for row in rows)
    if not over:
        return f"All {marked} marks are kept."
    return f"OVER THE MARK, {len(over)} of {marked}:\n" + "\n".join(f"  {line}" for line in over)


def facts(now: datetime) -> dict[str, Any]:
    """The machine and the time, without which no figure means anything."""
    return {"date": now.isoformat(timespec="seconds"), "cores": os.cpu_count(), "python": platform.python_version(),
            "machine": platform.machine(), "system": platform.system(), "load": round(os.getloadavg()[0], 2)}  # fmt: skip


def as_data(measured: Measured, machine: dict[str, Any]) -> dict[str, Any]:
    """Everything in the table, and the facts of the machine, for JSON."""
    return {
        "machine": machine,
        "benchmarks": [
            {
                "name": benchmark.name,
                "measures": benchmark.measures,
                "marks": dict(benchmark.marks),
                "rows": [
                    {"what": row.what, "value": row.value, "p95": row.p95, "unit": row.unit, "n": row.n, "floor": row.floor,
                     "ratio": row.ratio, "mark": row.mark, "verdict": verdict(row, benchmark) or None}
                    for row in rows
                ],
            }
            for benchmark, rows in measured
        ],
    }  # fmt: skip
