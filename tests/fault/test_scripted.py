"""A fault in a script file is parsed with the file, so that a mistake has a line."""

import pytest

from mockbot.errors import UserError
from mockbot.fault.catalogue import CATALOGUE, Cut, Stall
from mockbot.script.load import read
from mockbot.script.model import Command, FaultStep, Run
from mockbot.source import parse


def test_a_fault_in_a_run_and_in_a_command() -> None:
    run, command = read(parse("- run: [{fault: {name: stall, seconds: 2}}]\n- command: [{fault: cut}]", "scripts.yaml"))
    assert isinstance(run.action, Run)
    assert run.action.rounds[0].steps == (FaultStep(Stall(2)),)
    assert command.action == Command((FaultStep(Cut()),))


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "- run:\n  - say: a\n  - fault: cutt",
            ["scripts.yaml:3: /0/run/1/fault: there is no fault `cutt`; did you mean `cut`?"],
        ),
        (
            "- command:\n  - fault:\n      name: stall\n      seconds: 2s\n      afer: 1",
            [
                "scripts.yaml:3: /0/command/0/fault: fault `stall`: `afer` is not known here; did you mean `after`?",
            ],
        ),
        (
            "- run: [{fault: status}]",
            [
                "scripts.yaml:1: /0/run/0/fault: fault `status` cannot be used in the middle of a stream, because the "
                f"head is already sent; use {', '.join(each.name for each in CATALOGUE.values() if each.midstream)}"
            ],
        ),
    ],
)
def test_a_mistake_is_reported_with_its_place(text: str, messages: list[str]) -> None:
    with pytest.raises(UserError) as caught:
        read(parse(text, "scripts.yaml"))
    assert str(caught.value).splitlines() == messages
