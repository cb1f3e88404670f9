"""Which route a request takes, and which route keys there may be."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.http_api.routes import Match, RouteKeyError, check, match

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
DOCUMENTED = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]


@pytest.mark.parametrize(
    ("keys", "request_line", "expected"),
    [
        (DOCUMENTED, "GET /pets/dog/1", ("GET /pets/dog/1", {})),
        (DOCUMENTED, "GET /pets/dog/2", ("GET /pets/dog/{id}", {"id": "2"})),
        (DOCUMENTED, "GET /pets/cat/1", ("GET /pets/{proxy+}", {"proxy": "cat/1"})),
        (DOCUMENTED, "POST /test/5", ("ANY /{proxy+}", {"proxy": "test/5"})),
        (DOCUMENTED, "GET /", ("$default", {})),
        (["GET /files"], "POST /files", None),
        (["GET /files"], "GET /files/", None),
        (["GET /files"], "GET /Files", None),
        (["ANY /files"], "POST /files", ("ANY /files", {})),
        (["ANY /files", "POST /files"], "POST /files", ("POST /files", {})),
        (["ANY /{a}", "GET /{b+}"], "GET /x", ("ANY /{a}", {"a": "x"})),
        (["GET /{a}/x", "GET /a/{b}"], "GET /a/x", ("GET /a/{b}", {"b": "x"})),
        (["GET /a/{b+}", "GET /{a}/x/y"], "GET /a/x/y", ("GET /{a}/x/y", {"a": "a"})),
        (["GET /a/{b+}", "GET /{c+}"], "GET /a/b/c", ("GET /a/{b+}", {"b": "b/c"})),
        (["GET /files/{key+}"], "GET /files/", None),
        (["GET /files/{key+}"], "GET /files/a//b", ("GET /files/{key+}", {"key": "a//b"})),
        (["GET /{user-id}/x.y"], "GET /7/xzy", None),
        (["GET /{user-id}/x.y"], "GET /7/x.y", ("GET /{user-id}/x.y", {"user-id": "7"})),
        (["GET /"], "GET /", ("GET /", {})),
        (["GET /{a}"], "GET /a/b", None),
        ([], "GET /", None),
    ],
)
def test_the_route_that_a_request_takes(keys, request_line, expected):
    method, _, path = request_line.partition(" ")
    assert match(keys, method, path) == (Match(*expected) if expected else None)


@pytest.mark.parametrize(
    "key", ["$default", "GET /", "ANY /{proxy+}", "DELETE /files/{key+}", "GET /{a}/{b}/c"]
)
def test_route_keys_that_api_gateway_takes(key):
    check(key)


@pytest.mark.parametrize(
    "key",
    ["", "FETCH /files", "get /files", "GET files", "GET", "GET  /files", "GET /{key+}/more", "GET /{a}/{a}",
     "GET /{a", "GET /a}", "GET /x{a}", "GET /{}", "$other", "/files"],
)  # fmt: skip
def test_route_keys_that_it_does_not_take(key):
    with pytest.raises(RouteKeyError):
        check(key)


SEGMENTS = st.sampled_from(["a", "b", "c"])
PATTERNS = st.lists(st.sampled_from(["a", "b", "{x}"]), min_size=1, max_size=3)


@st.composite
def keys_and_paths(draw):
    keys = []
    for pattern in draw(st.lists(PATTERNS, max_size=6)):
        names = iter("pqr")
        parts = [f"{{{next(names)}}}" if part == "{x}" else part for part in pattern]
        if draw(st.booleans()):
            parts.append("{more+}")
        keys.append(f"{draw(st.sampled_from(['GET', 'ANY', 'POST']))} /{'/'.join(parts)}")
    path = "/" + "/".join(draw(st.lists(SEGMENTS, min_size=1, max_size=4)))
    return keys, path


def reaches(key, path):
    method, _, pattern = key.partition(" ")
    expression = re.sub(r"\\\{\w+\\\}", "[^/]+", re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(pattern)))
    return method in ("GET", "ANY") and re.fullmatch(expression, path) is not None


@settings(deadline=None)
@given(keys_and_paths())
def test_some_route_is_taken_exactly_when_one_reaches_and_full_ones_come_first(scene):
    keys, path = scene
    reaching = [key for key in keys if reaches(key, path)]
    found = match(keys, "GET", path)
    assert (found is None) == (not reaching)
    if found is not None:
        assert found.route_key in reaching
        assert ("+}" in found.route_key) == all("+}" in key for key in reaching)
        assert match(reversed(keys), "GET", path) == found  # the order in which routes were made says nothing
