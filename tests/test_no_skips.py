"""The option `--no-skips`."""

import pytest

from tests.no_skips import ALLOWED

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # these tests need no other plugin
    pytester.makeconftest("pytest_plugins = ['tests.no_skips']")
    return pytester


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_inprocess(*options)


SKIPS = {
    "in the test": "import pytest\ndef test_it(): pytest.skip('no engine')",
    "by a mark": "import pytest\n@pytest.mark.skipif(True, reason='no engine')\ndef test_it(): pass",
    "by a fixture": (
        "import pytest\n@pytest.fixture\ndef engine(): pytest.skip('no engine')\ndef test_it(engine): pass"
    ),
    "of a module": "import pytest\npytest.skip('no engine', allow_module_level=True)",
}


@pytest.mark.parametrize("code", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails_and_its_reason_is_shown(suite: pytest.Pytester, code: str) -> None:
    suite.makepyfile(code)
    run(suite).assert_outcomes(skipped=1)
    result = run(suite, "--no-skips")
    assert result.ret in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    result.stdout.fnmatch_lines(["*: Skipped: no engine (--no-skips: *"])


@pytest.mark.parametrize("reason", ALLOWED)
def test_an_allowed_skip_is_kept(suite: pytest.Pytester, reason: str) -> None:
    suite.makepyfile(f"import pytest\ndef test_it(): pytest.skip({reason + ': because'!r})")
    run(suite, "--no-skips").assert_outcomes(skipped=1)


def test_an_expected_failure_is_not_a_skip(suite: pytest.Pytester) -> None:
    suite.makepyfile("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False")
    run(suite, "--no-skips").assert_outcomes(xfailed=1)
