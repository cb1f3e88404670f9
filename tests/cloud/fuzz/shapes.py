"""Requests made from the services' own models: values that mostly fit, and now and then do not."""

import json
from urllib.parse import quote, urlencode

import botocore.session
from hypothesis import strategies as st

from tests.cloud.fuzz.asking import BUCKET, words

SERVICES = ("dynamodb", "logs", "sqs", "events", "cloudwatch", "iam", "sts", "sns", "lambda", "apigatewayv2")
SKIPPED = {"GetFunctionScalingConfig"}
MODELS = {name: botocore.session.get_session().get_service_model(name) for name in SERVICES}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.sampled_from([[], {}, [None], {"a": 1}, "x" * 3000]),
)
WORDS = words("""
none * {} a.b a:b:c p=:v python3.12 ALL_NEW 2026-01-01T00:00:00Z https://x/123456789012/q
arn:aws:iam::123456789012:role/none arn:aws:sqs:us-east-1:123456789012:q""")
NAMES = st.one_of(
    st.sampled_from([BUCKET, *WORDS, "", "#a = :b AND", '{"Statement": [{}]}', "GET /x", "é" * 200]),
    st.text(max_size=8),
)


def values(shape, depth=0):
    """Values that fit a shape of a service's model, mostly; and now and then others."""
    return st.one_of(fitting(shape, depth), fitting(shape, depth), fitting(shape, depth), JUNK)


def fitting(shape, depth):
    kind = shape.type_name
    if kind == "structure":
        members = list(shape.members.items())
        if depth > 3 or not members:
            return st.just({})
        required = {
            name: values(member, depth + 1) for name, member in members if name in shape.required_members
        }
        other = {
            name: values(member, depth + 1) for name, member in members if name not in shape.required_members
        }
        few = st.lists(st.sampled_from(sorted(other)), max_size=3) if other else st.just([])
        return few.flatmap(
            lambda names: st.fixed_dictionaries(required | {name: other[name] for name in names})
        )
    if kind == "list":
        return st.lists(values(shape.member, depth + 1), max_size=2) if depth < 4 else st.just([])
    if kind == "map":
        return (
            st.dictionaries(NAMES, values(shape.value, depth + 1), max_size=2) if depth < 4 else st.just({})
        )
    if kind in ("integer", "long"):
        return st.sampled_from([0, 1, 5, -1, 400, 2**31, 2**63])
    if kind in ("float", "double", "timestamp"):
        return st.sampled_from([0, 1.5, -1, 1e300, 1764000000])
    if kind == "boolean":
        return st.booleans()
    if getattr(shape, "enum", None):
        return st.sampled_from(list(shape.enum))
    return NAMES


@st.composite
def operations(draw, service):
    names = [name for name in MODELS[service].operation_names if name not in SKIPPED]
    operation = MODELS[service].operation_model(draw(st.sampled_from(names)))
    shape = operation.input_shape
    return operation, draw(values(shape)) if shape is not None else {}


def flat(prefix, value):
    """A value as services of the query protocol write it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(f"{prefix}.{name}" if prefix else name, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from flat(f"{prefix}.member.{number}", inner)
    else:
        yield prefix, "" if value is None else str(value)


def asked(service, operation, given):
    """The request that a client of this service would make: method, path, body, headers."""
    model = MODELS[service]
    if service in ("iam", "sts", "sns"):
        pairs = [
            ("Action", operation.name),
            ("Version", model.api_version),
            *flat("", given if isinstance(given, dict) else {}),
        ]
        return "POST", "/", urlencode(pairs).encode(), {"content-type": "application/x-www-form-urlencoded"}
    if "targetPrefix" in model.metadata:
        version = model.metadata.get("jsonVersion", "1.0")
        return "POST", "/", json.dumps(given).encode(), {
            "x-amz-target": f"{model.metadata['targetPrefix']}.{operation.name}",
            "content-type": f"application/x-amz-json-{version}"}  # fmt: skip
    path, body = operation.http["requestUri"], dict(given) if isinstance(given, dict) else {}
    for name, member in (operation.input_shape.members if operation.input_shape else {}).items():
        place = member.serialization.get("location")
        if place == "uri":
            sent = quote(str(body.pop(name, "x"))[:200] or "x", safe="")
            label = member.serialization.get("name", name)
            path = path.replace(f"{{{label}}}", sent).replace(f"{{{label}+}}", sent)
        elif place in ("querystring", "header") and name in body:
            value = body.pop(name)
            if place == "querystring":
                path += (
                    f"{'&' if '?' in path else '?'}{member.serialization['name']}={quote(str(value)[:100])}"
                )
    return operation.http["method"], path, json.dumps(body).encode(), {"content-type": "application/json"}
