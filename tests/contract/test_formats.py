import json

import pytest

from mockbot import resources
from mockbot.contract import formats as schemas
from mockbot.errors import UserError
from mockbot.source import parse


@pytest.fixture
def contracts(tmp_path, monkeypatch):
    """Two schemas of our own, the first of which refers to the second."""
    monkeypatch.setattr(resources, "formats", lambda name: tmp_path / name)
    schemas._validator.cache_clear()
    pet = {"$defs": {"name": {"type": "string", "minLength": 1}}, "properties": {"name": {"$ref": "#/$defs/name"}}}
    owner = {
        "type": "object",
        "properties": {"age": {"type": "integer"}, "pets": {"items": {"$ref": "pet.schema.json"}}},
        "additionalProperties": False,
    }
    (tmp_path / "pet.schema.json").write_text(json.dumps(pet))
    (tmp_path / "owner.schema.json").write_text(json.dumps(owner))
    yield
    schemas._validator.cache_clear()


def test_a_right_file_passes(contracts):
    schemas.check(parse("age: 5\npets: [{name: Rex}]", "o.yaml"), "owner")


def test_each_fault_is_a_line_with_file_line_and_pointer(contracts):
    with pytest.raises(UserError) as caught:
        schemas.check(parse("ago: 5\nage: old\npets:\n- name: Rex\n- name: ''\n", "o.yaml"), "owner")
    assert sorted(str(caught.value).splitlines()) == [
        "o.yaml:1: /ago: `ago` is not known here; did you mean `age`?",
        'o.yaml:2: /age: `age` must be an integer, got the string "old"',
        "o.yaml:5: /pets/1/name: `pets[1].name` must not be empty",
    ]


def test_a_file_that_is_something_else_is_one_fault(contracts):
    with pytest.raises(UserError, match=r"o\.yaml:1: /: the file must be an object, got an empty array"):
        schemas.check(parse("[]", "o.yaml"), "owner")


def test_many_faults_are_cut_after_ten(contracts):
    text = "pets:\n" + "- name: 5\n" * 12
    with pytest.raises(UserError) as caught:
        schemas.check(parse(text, "o.yaml"), "owner")
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (11, "o.yaml: and more")
