import json
from pathlib import Path

import pytest

from mockbot.contract.formats import check
from mockbot.errors import UserError
from mockbot.source import parse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two schemas, the first of which refers to the second."""
    pet = {"$defs": {"name": {"type": "string", "minLength": 1}}, "properties": {"name": {"$ref": "#/$defs/name"}}}
    owner = {
        "type": "object",
        "properties": {"age": {"type": "integer"}, "pets": {"items": {"$ref": "pet.schema.json"}}},
        "additionalProperties": False,
    }
    (tmp_path / "pet.schema.json").write_text(json.dumps(pet))
    (tmp_path / "owner.schema.json").write_text(json.dumps(owner))
    return tmp_path


def test_a_valid_file_is_accepted(folder: Path) -> None:
    check(parse("age: 5\npets: [{name: Rex}]", "o.yaml"), "owner", folder)


def test_each_mistake_has_file_line_and_pointer(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        check(parse("ago: 5\nage: old\npets:\n- name: Rex\n- name: ''\n", "o.yaml"), "owner", folder)
    assert sorted(str(caught.value).splitlines()) == [
        "o.yaml:1: /ago: `ago` is not known here; did you mean `age`?",
        'o.yaml:2: /age: `age` must be an integer, got the string "old"',
        "o.yaml:5: /pets/1/name: `pets[1].name` must not be empty",
    ]


def test_a_file_of_the_wrong_type_is_one_mistake(folder: Path) -> None:
    with pytest.raises(UserError, match=r"o\.yaml:1: /: the file must be an object, got an empty array"):
        check(parse("[]", "o.yaml"), "owner", folder)


def test_at_most_ten_mistakes_are_listed(folder: Path) -> None:
    text = "pets:\n" + "- name: 5\n" * 12
    with pytest.raises(UserError) as caught:
        check(parse(text, "o.yaml"), "owner", folder)
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (11, "o.yaml: there are more mistakes")
