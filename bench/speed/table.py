"""Tables, as text for a terminal and as Markdown, and the medians in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.speed.load import Sample


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one subject."""

    title: str
    remark: str
    """How they were measured."""
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """Return it with columns of equal width; figures stand to the right."""
        lines = (self.heads, *self.rows)
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.heads))]
        words = self.words
        made = [
            "  ".join(f"{cell:<{width}}" if at < words else f"{cell:>{width}}" for at, (cell, width) in cells).rstrip()
            for cells in (list(enumerate(zip(line, widths, strict=True))) for line in lines)
        ]
        return "\n".join([self.title, self.remark, "", *made, ""])

    @property
    def markdown(self) -> str:
        """Return it as a section of a page."""
        rule = ["---" if at < self.words else "---:" for at in range(len(self.heads))]
        lines = [f"| {' | '.join(line)} |" for line in (self.heads, rule, *self.rows)]
        return "\n".join([f"## {self.title}", "", self.remark, "", *lines, ""])

    @property
    def words(self) -> int:
        """Return how many of the first columns are not figures."""
        return next((at for at, head in enumerate(self.heads) if head not in ("operation", "server")), 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample, and what it is one of."""

    operation: str
    connections: int
    server: str
    sample: Sample


Samples = Sequence[Sample]
Groups = dict[tuple[str, int, str], list[Sample]]


def throughput(readings: Sequence[Reading], base: str, remarks: dict[tuple[str, str], str], remark: str) -> list[Table]:
    """Return ratios to the base, then all figures; `remarks` names servers that answer an operation wrongly."""
    groups: Groups = {}
    for reading in readings:
        groups.setdefault((reading.operation, reading.connections, reading.server), []).append(reading.sample)
    rows = []
    for (operation, connections, server), samples in groups.items():
        cpu, wrong = median(each.cpu for each in samples), sum(each.wrong for each in samples)
        figures = [f"{median(each.rate for each in samples):,.0f}", f"{cpu:,.0f}"]
        figures += [f"{median(getattr(each, name) for each in samples):.2f}" for name in ("p50", "p99")]
        by = ratio(samples, groups.get((operation, connections, base), []))
        rows.append((operation, server, str(connections), *figures, by, str(wrong) if wrong else ""))
    wrongs = [(operation, server, "", "", "", "", "", "", found) for (operation, server), found in remarks.items()]
    heads = ("operation", "server", "connections", "requests/s", "CPU µs", "p50 ms", "p99 ms", f"× {base}", "wrong")
    return [
        _ratios(groups, base, "Ratios", f"Requests per second over those of `{base}` in the same round.", ratio),
        _ratios(groups, base, "Ratios of CPU", f"CPU per request of `{base}` over that of each server.", cheapness),
        Table("Throughput", remark, heads, (*rows, *wrongs)),
    ]


def ratio(samples: Sequence[Sample], base: Sequence[Sample]) -> str:
    """Return the median of how many times as many requests were answered as by the base in the same round."""
    return _median(each.rate / other.rate for each, other in zip(samples, base, strict=False) if other.rate)


def cheapness(samples: Sequence[Sample], base: Sequence[Sample]) -> str:
    """Return the median of how many requests were answered with the CPU that one cost the base in the same round."""
    return _median(other.cpu / each.cpu for each, other in zip(samples, base, strict=False) if each.cpu)


def _median(found: Iterable[float]) -> str:
    values = list(found)
    return f"{median(values):.2f}" if values else ""


def _ratios(groups: Groups, base: str, title: str, remark: str, by: Callable[[Samples, Samples], str]) -> Table:
    names = list(dict.fromkeys(server for _, _, server in groups if server != base))
    lines = list(dict.fromkeys((operation, connections) for operation, connections, _ in groups))
    rows = [
        (operation, str(connections), *(by(groups.get((operation, connections, name), []), found) for name in names))
        for operation, connections in lines
        if (found := groups.get((operation, connections, base)))
    ]
    return Table(title, remark, ("operation", "connections", *names), tuple(rows))
