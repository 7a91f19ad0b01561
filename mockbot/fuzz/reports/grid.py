"""The table of many clients: a row for each class, a column for each client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockbot.dataclass import dataclass
from mockbot.fuzz.report import ClassResult, FuzzReport
from mockbot.fuzz.reports.phrases import outcome, summary
from mockbot.wording import printable

LEGEND = (
    "ok: survived. FAIL: new findings. known: all findings of the class are known. "
    "-: the client never met it. Empty: does not apply, or was not asked for. x: the client could not be run."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one class with one client."""

    text: str
    meaning: str
    look: str
    """`good`, `bad` or `none`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One class."""

    id: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole table."""

    rows: tuple[Row, ...]
    survived: tuple[str, ...]
    """For each client how many classes it survives, of those that it met."""
    legend: str = LEGEND


def grid(reports: Sequence[FuzzReport]) -> Grid:
    """Return the table of reports that have the same classes, or some of them, in the same order."""
    names = {
        each.id: each.name for report in sorted(reports, key=lambda each: -len(each.classes)) for each in report.classes
    }
    by_id = [{each.id: each for each in report.classes} for report in reports]
    rows = [
        Row(id_, name, tuple(_cell(report, found.get(id_)) for report, found in zip(reports, by_id, strict=True)))
        for id_, name in names.items()
    ]
    return Grid(tuple(rows), tuple("x" if each.problem else f"{each.survived}/{each.tried}" for each in reports))


def _cell(report: FuzzReport, result: ClassResult | None) -> Cell:
    if report.problem:
        return Cell("x", report.problem, "none")
    if result is None:
        return Cell("", "not asked for", "none")
    if result.survived is None:
        return Cell("-" if result.applies else "", outcome(result), "none")
    if result.survived:
        return Cell("ok", outcome(result), "good")
    states = {each.state for each in report.findings if each.bug_class == result.id}
    return Cell("known" if states == {"known"} else "FAIL", outcome(result), "bad")


def text(reports: Sequence[FuzzReport]) -> str:
    """Return the table for a terminal: clients are numbered, and their names are below."""
    return "\n".join(printable(line) for line in _lines(reports)) + "\n"


def _lines(reports: Sequence[FuzzReport]) -> Iterator[str]:
    table = grid(reports)
    numbers = [f"[{number}]" for number, _ in enumerate(reports, 1)]
    wide = max(5, *map(len, (*numbers, *table.survived)))
    width = max((len(row.name) for row in table.rows), default=0)
    yield f"{'':4} {'':{width}}  {' '.join(f'{each:>{wide}}' for each in numbers)}"
    for row in table.rows:
        cells = " ".join(f"{cell.text:>{wide}}" for cell in row.cells)
        yield f"{row.id:4} {row.name:{width}}  {cells}".rstrip()
    yield f"{'':4} {'survived':{width}}  {' '.join(f'{each:>{wide}}' for each in table.survived)}"
    yield ""
    for number, report in zip(numbers, reports, strict=True):
        yield f"{number} {report.client}: {summary(report)}"
        yield from (f"    [{each.state}] {each.key}: {each.sentence}" for each in report.findings)
    yield ""
    yield table.legend
