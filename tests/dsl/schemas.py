"""Generated output schemas."""

from hypothesis import strategies as st

from flow_tui.dsl import marker_rules
from flow_tui.dsl.schema import Array, Boolean, Enum, Field, FieldType, Number, Object, Rule, Schema, String

_WORDS = ("a", "b-c", "low", "é ✓", "x" * 40)
_NAMES = ("approved", "findings", "summary", "context", "n", "list", "s", "e", "confidence")
_SCALARS = st.sampled_from(
    [String(), Number(), Boolean(), Enum(values=("low",)), Enum(values=("critical", "b-c", "é ✓"))]
)


def _objects(inner: st.SearchStrategy[FieldType]) -> st.SearchStrategy[Object]:
    return _fields(inner).map(lambda fields: Object(fields=fields))


def _fields(types: st.SearchStrategy[FieldType]) -> st.SearchStrategy[tuple[Field, ...]]:
    field = st.builds(
        Field,
        name=st.sampled_from(_NAMES),
        type=types,
        required=st.booleans(),
        desc=st.sampled_from(["", 'with "quotes" and \\', "two\nlines"]),
        examples=st.sampled_from([(), ("one", "two")]),
    )
    return st.lists(field, max_size=4, unique_by=lambda one: one.name).map(tuple)


_TYPES: st.SearchStrategy[FieldType] = st.recursive(
    _SCALARS | st.just(Object()) | st.just(Array()),
    lambda inner: _objects(inner) | st.builds(Array, items=_SCALARS | _objects(inner)),
    max_leaves=6,
)
_RULES = (
    "{0} == low",
    "{0} != b-c",
    "{0} == true",
    "{0} != false",
    "{0} == 7",
    "{0} > 12.5",
    "{0} <= 0",
    "{0}.length == 3",
    "{0}.length > 0",
    "{0}.length < 1",
    "{0}[severity == high].length >= 2",
    "{0}[s == low].length == 1",
    "{0}[e != b-c].length > 0",
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Return a schema, with rules that fit its fields or without any."""
    fields = draw(_fields(_TYPES))
    rules: list[Rule] | None = draw(st.sampled_from([None, []]))
    if rules is not None and fields:
        for number in range(draw(st.integers(0, 3))):
            text = draw(st.sampled_from(_RULES)).format(draw(st.sampled_from(fields)).name)
            try:
                rules.append(Rule(marker=f"m{number}", text=text, test=marker_rules.parse(text, fields)))
            except marker_rules.RuleError:
                continue
    return Schema(name="s", fields=fields, rules=None if rules is None else tuple(rules))
