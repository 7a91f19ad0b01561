"""The end-to-end cases in `tests/scenarios/*.txt`; `tests/scenario.py` describes their format."""

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.scenario import Case, play, read, written

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))
CASES = [
    pytest.param(case, mode, id=f"{path.stem}: {case.title} ({mode})")
    for path in FILES
    for case in read(path)[1]
    for mode in case.modes
]


def difference(expected: str, got: str) -> str:
    return "\n".join(unified_diff(expected.split("\n"), got.split("\n"), "written", "answered", lineterm="", n=20))


@pytest.mark.anyio
@pytest.mark.parametrize(("case", "mode"), CASES)
async def test_scenario(case: Case, mode: str) -> None:
    client = case.client(mode)
    for step in case.steps:
        expected = step.expected(mode)
        assert expected is not None, f"no response is written for {mode}:\n{step.request}"
        got = await play(client, step.request)
        if got != expected:
            pytest.fail(f"{step.request}{difference(expected, got)}", pytrace=False)


def test_scenarios_are_found_and_their_names_are_unique() -> None:
    names = [param.id for param in CASES]
    assert len(names) == len(set(names)) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario_files_have_the_format_of_the_writer(path: Path) -> None:
    assert written(*read(path)) == path.read_text("utf-8")
