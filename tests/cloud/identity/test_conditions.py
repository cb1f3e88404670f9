"""Condition operators and wildcards, as AWS's documentation tabulates them, and the laws that they obey."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.identity.conditions import arn_like, holds, is_operator, like, literal, plain
from cloud.identity.policy import fill, resource_like

# operator, the policy's values, the request's value (None: no such key), whether it holds
TABLE = [
    ("StringEquals", ["a"], "a", True),
    ("StringEquals", ["a"], "A", False),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", ["a*"], "abc", False),
    ("StringNotEquals", ["a"], "b", True),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringEqualsIgnoreCase", ["a"], "A", True),
    ("StringNotEqualsIgnoreCase", ["a"], "A", False),
    ("StringLike", ["a*c?"], "abbbcd", True),
    ("StringLike", ["a*"], "ba", False),
    ("StringNotLike", ["a*"], "abc", False),
    ("NumericEquals", ["10"], "10.0", True),
    ("NumericNotEquals", ["10"], "11", True),
    ("NumericLessThan", ["10"], "9", True),
    ("NumericLessThan", ["10"], "10", False),
    ("NumericLessThanEquals", ["10"], "10", True),
    ("NumericGreaterThan", ["10"], "11", True),
    ("NumericGreaterThanEquals", ["10"], "9", False),
    ("NumericLessThan", ["ten"], "9", False),
    ("DateLessThan", ["2026-11-24T00:00:00Z"], "2026-11-23T23:59:59Z", True),
    ("DateGreaterThan", ["2026-11-24"], "2026-11-24T00:00:01Z", True),
    ("DateEquals", ["1795478400"], "2026-11-24T00:00:00Z", True),
    ("DateNotEquals", ["2026-11-24T00:00:00Z"], "1795478400", False),
    ("DateGreaterThan", ["2026-11-24T01:00:00+01:00"], "2026-11-24T00:00:00Z", False),
    ("Bool", ["true"], "true", True),
    ("Bool", ["TRUE"], "false", False),
    ("BinaryEquals", ["QmluYXJ5"], "QmluYXJ5", True),
    ("BinaryEquals", ["QmluYXJ5"], "qmluYXJ5", False),
    ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "203.0.113.9", True),
    ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", True),
    ("IpAddress", ["203.0.113.0/24"], "198.51.100.1", False),
    ("NotIpAddress", ["203.0.113.0/24"], "198.51.100.1", True),
    ("ArnEquals", ["arn:aws:s3:::b*"], "arn:aws:s3:::bucket", True),
    ("ArnLike", ["arn:aws:sns:*:123456789012:t-*"], "arn:aws:sns:us-east-1:123456789012:t-1", True),
    ("ArnLike", ["arn:aws:*:t-1"], "arn:aws:sns:us-east-1:123456789012:t-1", False),
    ("ArnNotLike", ["arn:aws:s3:::b*"], "arn:aws:s3:::bucket", False),
    ("ArnNotEquals", ["arn:aws:s3:::c*"], "arn:aws:s3:::bucket", True),
    # a key that the request does not have
    ("StringEquals", ["a"], None, False),
    ("StringNotEquals", ["a"], None, True),
    ("StringEqualsIfExists", ["a"], None, True),
    ("StringEqualsIfExists", ["a"], "b", False),
    ("BoolIfExists", ["false"], None, True),
    ("NumericLessThanIfExists", ["1"], "2", False),
    ("Null", ["true"], None, True),
    ("Null", ["true"], "x", False),
    ("Null", ["false"], "x", True),
    ("Null", ["false"], None, False),
    # keys of several values
    ("ForAnyValue:StringEquals", ["a"], ("a", "b"), True),
    ("ForAnyValue:StringEquals", ["c"], ("a", "b"), False),
    ("ForAnyValue:StringEquals", ["a"], None, False),
    ("ForAnyValue:StringNotEquals", ["a"], None, False),
    ("ForAnyValue:StringEquals", ["a"], (), False),
    ("ForAnyValue:StringLike", ["a*"], ("b", "ab"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a"], ("a", "b"), False),
    ("ForAllValues:StringEquals", ["a"], None, True),
    ("ForAllValues:StringEquals", ["a"], (), True),
    ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
    ("ForAllValues:StringNotEquals", ["a"], ("a", "c"), False),
    ("FORALLVALUES:STRINGEQUALS", ["a"], ("a",), True),
    ("ForSomeValues:StringEquals", ["a"], ("a",), False),
    ("StringIs", ["a"], "a", False),
]


@pytest.mark.parametrize(("operator", "wanted", "value", "outcome"), TABLE)
def test_an_operator_compares_as_documented(operator, wanted, value, outcome):
    context = {} if value is None else {"some:key": value}
    assert holds(operator, "some:Key", wanted, context) is outcome


@pytest.mark.parametrize("operator", sorted({row[0] for row in TABLE}))
def test_what_is_no_operator_is_known_as_none(operator):
    assert is_operator(operator) is not operator.startswith(("StringIs", "ForSome"))


text = st.text("ab/:*?[]\n.", max_size=12)


@given(text, text)
@settings(max_examples=400, deadline=None)
def test_wildcards_mean_what_they_mean_in_words(pattern, value):
    """``*`` is any text and ``?`` any character; everything else is itself."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    assert like(pattern, value) is (re.fullmatch("".join(parts), value, re.DOTALL) is not None)


@given(text)
@settings(deadline=None)
def test_a_literal_pattern_matches_its_own_text_and_no_other(value):
    assert plain(literal(value)) == value
    assert like(literal(value), value)
    assert not like(literal(value), f"{value}x")


def test_no_pattern_keeps_the_engine_busy():
    assert not like("*a" * 60 + "b", "a" * 3000)
    assert like("*" * 5000 + "x", "y" * 5000 + "x")


part = st.text("ab*", max_size=4)


@given(st.lists(part, min_size=6, max_size=6), st.lists(st.text("ab", max_size=4), min_size=6, max_size=6))
@settings(max_examples=200, deadline=None)
def test_an_arn_matches_part_by_part(patterns, parts):
    outcome = all(like(pattern, one) for pattern, one in zip(patterns, parts, strict=True))
    assert arn_like(":".join(patterns), ":".join(parts)) is outcome
    if ":".join(patterns) != "*":
        assert resource_like(":".join(patterns), ":".join(parts)) is outcome


@given(st.text("ab*?${}", max_size=8))
@settings(deadline=None)
def test_a_variables_value_has_no_wildcards(name):
    pattern = fill("arn:aws:s3:::home/${aws:username}/*", {"aws:username": name})
    assert resource_like(pattern, f"arn:aws:s3:::home/{name}/file")
    assert not resource_like(pattern, f"arn:aws:s3:::home/{name}x/file")


@pytest.mark.parametrize(
    ("variable", "context", "filled"),
    [
        ("${aws:username}", {"aws:username": "ann"}, "ann"),
        ("${aws:UserName}", {"aws:username": "ann"}, "ann"),
        ("${aws:PrincipalTag/team, 'none'}", {}, "none"),
        ("${aws:PrincipalTag/team, 'none'}", {"aws:principaltag/team": "blue"}, "blue"),
        ("${aws:username}", {}, None),
        ("${aws:TagKeys}", {"aws:tagkeys": ("a", "b")}, None),
        ("${$}", {}, "$"),
        ("no variable", {}, "no variable"),
    ],
)
def test_variables_are_filled_in_or_the_statement_says_nothing(variable, context, filled):
    assert fill(variable, context) == filled


def test_the_literal_forms_of_wildcards_match_themselves():
    assert resource_like(fill("arn:aws:s3:::b/${*}", {}), "arn:aws:s3:::b/*")
    assert not resource_like(fill("arn:aws:s3:::b/${*}", {}), "arn:aws:s3:::b/x")
    assert not resource_like(fill("arn:aws:s3:::b/${?}", {}), "arn:aws:s3:::b/x")
