"""Reports as JUnit XML: a suite for each client, and in it a test case for each class of the catalogue.

New and stale findings are failures, known ones pass, and classes that were not met are skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from mockbot.fuzz.report import Finding, FuzzReport
from mockbot.fuzz.reports.phrases import MEANING, commands, outcome, summary
from mockbot.wording import printable, readable


def junit(reports: Sequence[FuzzReport]) -> str:
    """Return the XML; characters that XML 1.0 forbids are escaped."""
    root = Xml.Element("testsuites", name="mockbot fuzz")
    for report in reports:
        root.append(_suite(report))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(report: FuzzReport) -> Xml.Element:
    client = printable(report.client)
    suite = Xml.Element("testsuite", name=client)
    if report.problem:
        case = Xml.SubElement(suite, "testcase", classname=client, name="the client can be run")
        Xml.SubElement(case, "error", message=printable(report.problem))
    failures = [each for each in report.findings if each.state != "known"]
    results = {each.id: each for each in report.classes}
    titles = {each.id: f"{each.id} {each.name}" for each in report.classes}
    for name, title in ({each.bug_class: each.bug_class for each in failures} | titles).items():
        case = Xml.SubElement(suite, "testcase", classname=client, name=printable(title))
        own = [each for each in failures if each.bug_class == name]
        for finding in own:
            _failure(case, finding, report)
        if not own and results[name].survived is None:
            Xml.SubElement(case, "skipped", message=printable(outcome(results[name])))
    suite.set("tests", str(len(suite)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))
    Xml.SubElement(suite, "system-out").text = printable(summary(report))
    return suite


def _failure(case: Xml.Element, finding: Finding, report: FuzzReport) -> None:
    failure = Xml.SubElement(case, "failure", message=printable(finding.sentence), type=printable(finding.key))
    more = [] if finding.state == "stale" else [finding.behaviour.as_yaml().rstrip("\n"), *commands(finding, report)]
    facts = [f"kind: {MEANING[finding.kind]}", f"rule: {finding.rule}", f"it should {finding.should}", *more]
    failure.text = readable("\n".join(facts))
