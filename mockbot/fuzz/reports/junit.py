"""The report as JUnit XML: one test case for each class of the catalogue, and one for what no class covers."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from mockbot.fuzz.report import FuzzReport
from mockbot.fuzz.reports.text import outcome
from mockbot.wording import printable


def junit(report: FuzzReport) -> str:
    """Return the XML: new and stale findings are failures, known ones pass, classes that were not met are skipped."""
    findings = [each for each in report.findings if each.state != "known"]
    suite = Xml.Element("testsuite", name="mockbot fuzz")
    known = {each.id for each in report.classes}
    rows = [(each.id, f"{each.id} {each.name}") for each in report.classes]
    rows += [(each.bug_class, each.bug_class) for each in findings if each.bug_class not in known]
    for name, title in dict.fromkeys(rows):
        case = Xml.SubElement(suite, "testcase", classname=printable(report.client), name=title)
        for finding in findings:
            if finding.bug_class == name:
                failure = Xml.SubElement(case, "failure", message=printable(finding.sentence), type=finding.key)
                failure.text = printable(f"{finding.rule}\nit should {finding.should}\n{finding.behaviour.as_yaml()}")
        result = next((each for each in report.classes if each.id == name), None)
        if result is not None and result.survived is None:
            Xml.SubElement(case, "skipped", message=outcome(result))
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(len(findings)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    return Xml.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
