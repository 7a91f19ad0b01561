"""The option `--no-skips`: a skipped test fails, so that no test is skipped without notice."""

from collections.abc import Generator

import pytest

ALLOWED = ("no container engine", "no IPv6 here")
"""Beginnings of the reasons that no package could remove."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail tests that would be skipped")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse_skip(report, item.config)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report, collector.config)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport, config: pytest.Config) -> None:
    """Turn the report of a skipped test into that of a failed one, unless its reason is allowed."""
    expected = hasattr(report, "wasxfail")
    if not config.getoption("no_skips") or not report.skipped or expected or not isinstance(report.longrepr, tuple):
        return
    path, line, reason = report.longrepr
    if not reason.removeprefix("Skipped: ").startswith(ALLOWED):
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: {reason} (--no-skips: install what is missing, or run without the option)"
