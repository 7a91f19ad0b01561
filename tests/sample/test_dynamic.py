"""Values that a seed chooses."""

from typing import Any

import pytest

from mockbot.contract.keywords import schema_validator
from mockbot.sample.dynamic import Dynamic
from mockbot.sample.instance import Instances, Made

DOCUMENT: dict[str, Any] = {
    "tree": {"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/tree"}},
    }},
}  # fmt: skip


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/tree"},
        {"type": "integer", "minimum": 3, "maximum": 9},
        {"type": ["string", "null"]},
        {"type": "string", "minLength": 30, "maxLength": 31},
        {"type": "string", "pattern": "^[a-c]{2}[0-9]$"},
        {"type": "string", "format": "date-time"},
        {"oneOf": [{"type": "integer"}, {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}]},
        {"type": "array", "minItems": 2, "maxItems": 4, "uniqueItems": True, "items": {"enum": [1, 2, 3, 4]}},
        {"allOf": [{"$ref": "#/tree"}, {"required": ["children"]}]},
        {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": {"a": {}, "b": {}}},
        {"allOf": [{"oneOf": [{"enum": [1, 2]}, {"enum": [3, 4]}]}, {"enum": [2, 3]}]},  # two branches are impossible
        True,
    ],
)
def test_values_fit_and_depend_on_the_seed_alone(schema: Any) -> None:
    fits = schema_validator(DOCUMENT, strict=True)

    def made(seed: int) -> Any:
        found = Dynamic(DOCUMENT, Instances(DOCUMENT, fits)).value(schema, str(seed))
        assert isinstance(found, Made)
        assert fits(schema, found.value)
        return found.value

    values = [made(seed) for seed in range(20)]
    assert values == [made(seed) for seed in range(20)]
    assert len(set(map(str, values))) > 1
