"""A discriminator (OpenAPI 3.1, section 4.8.25) names the schema that a value must fit."""

from typing import Any

import pytest

from tests.contract.conftest import Posted, PostedTo, ref

CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["kind", "barks"], "properties": {"kind": {}, "barks": {"type": "boolean"}}}


def animals(posted: PostedTo, keyword: str = "oneOf", openapi: str = "3.1.0", **mapping: str) -> Posted:
    discriminator: dict[str, Any] = {"propertyName": "kind", **({"mapping": mapping} if mapping else {})}
    schema = {keyword: [ref("Cat"), ref("Dog")], "discriminator": discriminator}
    return posted(schema, openapi, Cat=CAT, Dog=DOG)


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("target", ["Cat", "#/components/schemas/Cat", "Cat.json", "./Cat.yaml", "cats/Cat.json"])
def test_a_mapping_names_a_schema(posted: PostedTo, target: str, keyword: str, openapi: str) -> None:
    things = animals(posted, keyword, openapi, cat=target)
    assert things.request({"kind": "cat", "lives": 9}) == []
    assert things.wrong({"kind": "cat", "barks": True}) == [("/lives", "required")]
    assert things.wrong({"kind": "cat", "lives": "9"}) == [("/lives", "type")]


def test_without_a_mapping_the_names_of_the_schemas_count(posted: PostedTo) -> None:
    things = animals(posted)
    assert things.request({"kind": "Dog", "barks": True}) == []
    assert things.wrong({"kind": "Dog", "lives": 9}) == [("/barks", "required")]


def test_only_the_named_branch_counts(posted: PostedTo) -> None:
    """Without the discriminator this value fits two branches, and oneOf refuses it."""
    assert animals(posted).request({"kind": "Dog", "barks": True, "lives": 9}) == []


def test_an_unknown_value_that_fits_no_branch_is_a_violation_that_names_the_known_ones(posted: PostedTo) -> None:
    (violation,) = animals(posted, cat="Cat").request({"kind": "cow", "milk": True})
    assert (violation.at, violation.rule, violation.value) == ("/kind", "discriminator", "cow")
    assert violation.message == '`kind` must be one of "cat", "Dog"; got "cow"'


def test_an_unknown_value_is_valid_where_it_is_without_the_discriminator(posted: PostedTo) -> None:
    """A discriminator must not change what is valid (OpenAPI 3.1.1, 4.8.25)."""
    assert animals(posted, cat="Cat").request({"kind": "cow", "lives": 9}) == []


@pytest.mark.parametrize("value", [{}, {"kind": 5}, {"kind": None}, [], 5, None, {"lives": 1}])
def test_a_value_that_names_nothing_must_fit_a_branch(posted: PostedTo, value: Any) -> None:
    assert animals(posted).request(value)


def test_a_value_of_a_branch_without_a_name_is_found(posted: PostedTo) -> None:
    bird = {"properties": {"kind": {"const": "bird"}, "sings": {"type": "boolean"}}, "required": ["kind"]}
    schema = {"oneOf": [ref("Cat"), bird], "discriminator": {"propertyName": "kind"}}
    things = posted(schema, Cat=CAT)
    assert things.request({"kind": "bird", "sings": True}) == []
    assert things.request({"kind": "bird", "sings": 5})
    assert things.request({"kind": "Cat", "lives": 9}) == []


PET = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string"}, "name": {"type": "string"}},
    "discriminator": {"propertyName": "kind"},
}


def heir(**properties: Any) -> dict[str, Any]:
    return {"allOf": [ref("Pet"), {"required": list(properties), "properties": properties}]}


def pets(posted: PostedTo, **named: Any) -> Posted:
    found = {"Pet": PET, "Cat": heir(lives={"type": "integer"}), "Dog": heir(barks={"type": "boolean"})}
    return posted(ref("Pet"), **{**found, **named})


def test_the_base_names_the_schemas_that_inherit_from_it(posted: PostedTo) -> None:
    things = pets(posted)
    assert things.request({"kind": "Cat", "lives": 9}) == []
    assert things.wrong({"kind": "Cat"}) == [("/lives", "required")]
    assert things.wrong({"kind": "Dog", "barks": 1}) == [("/barks", "type")]
    assert things.wrong({"kind": "Dog", "barks": True, "name": 5}) == [("/name", "type")]


def test_a_value_may_be_of_the_base_itself_only_if_it_says_so(posted: PostedTo) -> None:
    things = pets(posted, Pet=PET | {"properties": {"kind": {"enum": ["Pet", "Cat", "Dog"]}}})
    assert things.request({"kind": "Pet"}) == []
    (violation,) = pets(posted).request({"kind": "Cow"})
    assert violation.message == '`kind` must be one of "Cat", "Dog"; got "Cow"'


def test_inheritance_of_inheritance(posted: PostedTo) -> None:
    kitten = {"allOf": [ref("Cat"), {"required": ["age"], "properties": {"age": {"maximum": 1}}}]}
    things = pets(posted, Kitten=kitten)
    assert things.request({"kind": "Kitten", "lives": 9, "age": 1}) == []
    assert things.wrong({"kind": "Kitten", "age": 2}) == [("/lives", "required"), ("/age", "maximum")]


def test_an_heir_with_a_discriminator_of_its_own(posted: PostedTo) -> None:
    """`allOf` beside a discriminator is still validated."""
    cat = heir(lives={"type": "integer"}) | {"discriminator": {"propertyName": "kind"}}
    things = pets(posted, Cat=cat)
    assert things.request({"kind": "Cat", "lives": 9}) == []
    assert things.wrong({"kind": "Cat", "lives": 9, "name": 5}) == [("/name", "type")]
    assert things.wrong({"kind": "Cat"}) == [("/lives", "required")]


def test_a_mapping_of_the_base(posted: PostedTo) -> None:
    base = PET | {"discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}}}
    things = pets(posted, Pet=base)
    assert things.wrong({"kind": "c"}) == [("/lives", "required")]
    assert things.request({"kind": "c", "lives": 1}) == []


def test_the_heir_alone_does_not_ask_for_the_others(posted: PostedTo) -> None:
    things = posted(ref("Cat"), Pet=PET, Cat=heir(lives={"type": "integer"}), Dog=heir(barks={}))
    assert things.request({"kind": "Cat", "lives": 9}) == []
    assert things.wrong({"kind": "Cat"}) == [("/lives", "required")]


def test_bases_that_contain_their_heirs(posted: PostedTo) -> None:
    base = PET | {"properties": {"kind": {"type": "string"}, "friends": {"type": "array", "items": ref("Pet")}}}
    things = pets(posted, Pet=base)
    value = {"kind": "Dog", "barks": True, "friends": [{"kind": "Cat", "lives": 1, "friends": [{"kind": "Cat"}]}]}
    assert things.wrong(value) == [("/friends/0/friends/0/lives", "required")]


def test_a_base_that_lists_its_heirs(posted: PostedTo) -> None:
    """Each of the two leads to the other; a value that names one is still validated once."""
    base = {k: v for k, v in PET.items() if k != "discriminator"}
    listing = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
    things = posted(listing, Pet=base, Cat=heir(lives={"type": "integer"}), Dog=heir(barks={"type": "boolean"}))
    assert things.request({"kind": "Cat", "lives": 1}) == []
    assert things.wrong({"kind": "Cat", "lives": "1"}) == [("/lives", "type")]


def test_a_value_that_was_accepted_inside_an_heir_is_not_yet_accepted(posted: PostedTo) -> None:
    """Inside its heir the base does not ask the heirs again; elsewhere it does."""
    schema = {"anyOf": [{"allOf": [ref("Pet")]}, ref("Pet")]}
    things = posted(schema, Pet=PET, Dog=heir(barks={"type": "boolean"}))
    assert things.wrong({"kind": "Dog", "lives": 1}) == [("/barks", "required")]


def test_responses_are_validated_the_same_way(posted: PostedTo) -> None:
    things = pets(posted)
    assert things.response({"kind": "Cat", "lives": 9}) == []
    assert [(each.at, each.rule) for each in things.response({"kind": "Cat"})] == [("/lives", "required")]


@pytest.mark.parametrize("openapi", ["3.0.3", "3.1.0"])
def test_a_base_that_names_its_heirs_and_is_part_of_them(posted: PostedTo, openapi: str) -> None:
    """Many documents have this circle; a schema that leads back to itself says nothing more of the same value."""
    cat, dog = ({"allOf": [ref("Animal"), each]} for each in (CAT, DOG))
    animal = {"type": "object", "oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
    things = posted(ref("Animal"), openapi, Animal=animal, Cat=cat, Dog=dog)
    assert things.request({"kind": "Cat", "lives": 9}) == []
    assert things.wrong({"kind": "Cat", "lives": "9"}) == [("/lives", "type")]
    assert things.wrong({"kind": "Dog", "lives": 9}) == [("/barks", "required")]
    without = posted(ref("Animal"), openapi, Animal={"oneOf": animal["oneOf"]}, Cat=cat, Dog=dog)
    assert without.request({"kind": "Cat", "lives": 9}) == []
    assert without.wrong({"kind": "Cat"})
