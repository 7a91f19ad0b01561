"""The report as one HTML file that works offline and needs no script: of one client, or of several with a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockbot.fuzz.report import ClassResult, Finding, FuzzReport
from mockbot.fuzz.reports.grid import grid
from mockbot.fuzz.reports.markup import Child, Markup, element, lines, visible
from mockbot.fuzz.reports.phrases import MEANING, commands, file_name, outcome, request, responses, summary, survival
from mockbot.fuzz.reports.style import CSS
from mockbot.fuzz.reports.wire import count, shortened
from mockbot.fuzz.sent import Sent

MOST_BYTES = 8_000
"""Bytes of a response that are shown."""
MOST_WRITES = 300
MOST_RESPONSES = 12
"""Responses of a finding that are shown."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page loads nothing and runs nothing."""


def html(reports: Sequence[FuzzReport]) -> str:
    """Return the page."""
    title = _title(reports[0]) if len(reports) == 1 else f"{count(len(reports), 'client')} of mockbot fuzz"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", title),
        element("style", Markup(CSS)),
    )
    first = () if len(reports) == 1 else (element("h1", title), _matrix(reports))
    sections = [_section(number, report, len(reports) == 1) for number, report in enumerate(reports)]
    return f"<!doctype html>\n{element('html', head, element('body', first, sections), lang='en')}\n"


def _title(report: FuzzReport) -> str:
    return f"{report.client}: {survival(report)}"


def _matrix(reports: Sequence[FuzzReport]) -> Markup:
    """Return the table with a column for each client and a row for each class."""
    table = grid(reports)
    head = element("tr", element("th", "class"), (_client(number, report) for number, report in enumerate(reports)))
    rows = [
        element(
            "tr",
            element("th", row.id, " ", element("span", row.name, class_="name"), scope="row"),
            (element("td", cell.text, class_=cell.look, title=cell.meaning) for cell in row.cells),
        )
        for row in table.rows
    ]
    last = element("tr", element("th", "survived", scope="row"), (element("td", each) for each in table.survived))
    whole = element("table", element("thead", head, last), element("tbody", rows))
    return element("div", whole, element("p", table.legend, class_="legend"), class_="wide")


def _client(number: int, report: FuzzReport) -> Markup:
    return element("th", element("a", report.client, href=f"#client-{number}"), scope="col")


def _section(number: int, report: FuzzReport, alone: bool) -> Markup:
    parts: list[Markup] = [element("h1" if alone else "h2", report.client, ": ", summary(report))]
    if not report.problem:
        parts.append(element("p", f"{count(report.cases, 'case')}, seed {report.seed}"))
        parts.append(_unseen(report))
        parts.append(_classes(number, report))
    parts += [_finding(f"{number}-{index}", each, report) for index, each in enumerate(report.findings)]
    return element("section", parts, id=f"client-{number}")


def _unseen(report: FuzzReport) -> Markup:
    found = [
        *(f"Not seen: {each}" for each in report.unseen),
        *(f"Not tried: the known failure {each}, because its class was not met" for each in report.untried),
    ]
    return element("ul", (element("li", each) for each in found)) if found else Markup()


def _classes(number: int, report: FuzzReport) -> Markup:
    """Return the table of what became of each class, with links to the findings."""
    head = element("tr", (element("th", each, scope="col") for each in ("class", "kind", "result")))
    rows = [
        element(
            "tr",
            element("th", each.id, " ", element("span", each.name, class_="name"), scope="row"),
            element("td", each.kind, class_="kind"),
            element("td", outcome(each), _links(number, each.id, report), class_=_look(each)),
        )
        for each in report.classes
    ]
    return element("table", element("thead", head), element("tbody", rows))


def _links(number: int, bug_class: str, report: FuzzReport) -> Iterator[Markup]:
    for index, finding in enumerate(report.findings):
        if finding.bug_class == bug_class:
            yield Markup(" ")
            yield element("a", finding.state, href=f"#finding-{number}-{index}")


def _look(result: ClassResult) -> str:
    return {True: "good", False: "bad", None: "none"}[result.survived]


def _finding(anchor: str, finding: Finding, report: FuzzReport) -> Markup:
    title = element("h3", element("span", finding.state, class_=f"state {finding.state}"), " ", finding.sentence)
    if finding.state == "stale":
        return element("article", title, element("p", finding.should), id=f"finding-{anchor}")
    sent = responses(finding)
    serve, again = commands(finding, report)
    facts = [
        ("key", finding.key),
        ("kind", MEANING[finding.kind]),
        ("rule", finding.rule),
        ("the client", finding.did),
        ("it should", finding.should),
        *([("known", finding.reason)] if finding.reason else []),
    ]
    return element(
        "article",
        title,
        element("dl", ((element("dt", name), element("dd", value)) for name, value in facts)),
        element("h4", "Smallest behaviour"),
        element("pre", lines(finding.behaviour.as_yaml())),
        (element("h4", "Bytes as sent"), _responses(sent)) if sent else (),
        element("h4", "Play it again"),
        element("p", _first_step(finding, report)),
        element("pre", serve),
        element("p", "or to this one, to see whether it is mended:"),
        element("pre", again),
        id=f"finding-{anchor}",
    )


def _first_step(finding: Finding, report: FuzzReport) -> list[Child]:
    if report.saved:
        return ["To any client:"]
    return ["Save the behaviour as ", element("code", file_name(finding)), ", then play it to any client:"]


def _responses(sent: Sequence[Sent]) -> Iterator[Markup]:
    """Yield each response as a list of its writes."""
    for each in sent[:MOST_RESPONSES]:
        yield element("p", "In response to ", element("code", request(each)), ":")
        shown = shortened(each, MOST_BYTES, MOST_WRITES)
        writes = [
            (element("span", f"{cell.ms:.1f} ms", class_="time"), element("pre", visible(cell.data), cell.cut))
            for cell in shown.cells
        ]
        yield element("ol", (element("li", write) for write in writes), class_="writes")
        yield from (element("p", end) for end in (shown.rest, shown.end) if end)
    if len(sent) > MOST_RESPONSES:
        yield element("p", f"... and {count(len(sent) - MOST_RESPONSES, 'more response')}")
