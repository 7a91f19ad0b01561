"""README's section "In your tests": its examples run, and it names all there is."""

import re
import runpy
from pathlib import Path

import pytest

from mockbot.testing import MockBot
from mockbot.testing.wishes import KEYWORDS
from tests.testing.test_plugin import ALONE

pytest_plugins = ["pytester"]

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")
SECTION = README.partition("## In your tests")[2].partition("\n## ")[0]
EXAMPLES = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))


def test_the_pytest_example_passes(pytester: pytest.Pytester, server: MockBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_URL", server.base_url)
    (pytester.path / "test_weather.py").write_text(EXAMPLES["test_weather.py"], encoding="utf-8")
    # a process of its own: a run in this one would forget what httpx imports late, and httpx know its errors no more
    pytester.runpytest_subprocess(*ALONE, "-p", "no:xdist", timeout=60).assert_outcomes(passed=2)


def test_the_plain_example_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain.py").write_text(EXAMPLES["plain.py"], encoding="utf-8")
    runpy.run_path(str(tmp_path / "plain.py"))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/w/world-\w+ abk_demo \(\)\n", capsys.readouterr().out)


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_every_keyword_of_the_marker_is_named(keyword: str) -> None:
    assert f"`{keyword}`" in SECTION
