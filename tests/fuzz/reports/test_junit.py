"""The report as JUnit XML."""

import re
from dataclasses import replace
from xml.etree import ElementTree as Xml

from mockbot.fuzz.reports.junit import junit
from tests.fuzz.reports.values import ABSENT, BOM, REPORT, RIGHT, STALE, hostile

ALLOWED = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""The characters of XML 1.0, section 2.2."""


def cases(xml: str) -> dict[str | None, list[str]]:
    """Return what each test case has inside, by its name."""
    return {case.get("name"): [each.tag for each in case] for case in Xml.fromstring(xml).iter("testcase")}


def test_each_class_is_a_case() -> None:
    assert cases(junit([REPORT])) == {
        "A1 lines that end with LF": [],
        "A3 lines that end with CRLF": [],
        "A7 a byte order mark": ["failure"],
        "B2 a clean end without the last event": ["skipped"],
        "D1 a list that ends with an empty page": ["skipped"],
    }


def test_a_failure_says_what_a_maintainer_needs() -> None:
    (failure,) = Xml.fromstring(junit([REPORT])).iter("failure")
    assert failure.get("type") == "A7/events/-"
    assert failure.get("message") == BOM.sentence
    assert failure.text is not None
    for part in (BOM.rule, BOM.should, BOM.behaviour.as_yaml(), "mockbot fuzz --replay A7-events--.yaml -- python"):
        assert part in failure.text


def test_known_failures_pass_and_stale_entries_fail() -> None:
    known = replace(BOM, state="known")
    found = cases(junit([replace(REPORT, findings=(known, STALE))]))
    assert found["A7 a byte order mark"] == []
    assert found["A3 lines that end with CRLF"] == ["failure"]


def test_a_failure_of_two_classes_is_a_case_of_its_own() -> None:
    pair = replace(BOM, key="A7+A9/events/-", bug_class="A7+A9")
    assert cases(junit([replace(REPORT, findings=(pair,))]))["A7+A9"] == ["failure"]


def test_each_client_is_a_suite_and_the_numbers_add_up() -> None:
    root = Xml.fromstring(junit([REPORT, RIGHT, ABSENT]))
    names = ("name", "tests", "failures", "errors", "skipped")
    assert [[suite.get(name) for name in names] for suite in root] == [
        ["python chat.py", "5", "1", "0", "2"],
        ["node chat.mjs", "4", "0", "0", "1"],
        ["java Chat", "1", "0", "1", "0"],
    ]
    assert [root.get(name) for name in names[1:]] == ["10", "1", "1", "3"]


def test_two_failures_of_a_class_are_one_failed_case() -> None:
    both = (BOM, replace(BOM, key="A7/error/ValueError"))
    (suite,) = Xml.fromstring(junit([replace(REPORT, findings=both)]))
    assert suite.get("failures") == "1"
    assert len(list(suite.iter("failure"))) == 2


def test_hostile_text_is_well_formed_xml() -> None:
    xml = junit([hostile()])
    assert ALLOWED.fullmatch(xml)
    assert xml.encode("utf-8")
    root = Xml.fromstring(xml)
    assert len(list(root.iter("failure"))) == 2
    assert {each.tag for each in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert r"<script>alert('1')</script>&\"\x00\x1b[31m\u202e".replace('\\"', '"') in str(root[0].get("name"))
