"""Selection expressions: how settings of an API name a part of a request, like ``$request.header.auth``.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import re

from cloud.http_api import events
from cloud.http_api.exchange import Exchange, variables

IDENTITY_SOURCE = re.compile(r"\$(?:request\.(?:header|querystring)|context|stageVariables)\.\S+")


def select(expression: str, exchange: Exchange) -> str | None:
    """What an expression names in a request; None where the request has no such thing.

    Header names are compared in any case, query parameters in theirs; repeated ones are joined by a comma.
    """
    kind, _, name = expression.removeprefix("$").removeprefix("request.").partition(".")
    match kind:
        case "header":
            name = name.lower()
            return exchange.request.header(name) if exchange.request.has_header(name) else None
        case "querystring":
            return events.query_parameters(exchange.request).get(name)
        case "stageVariables":
            return exchange.stage_variables.get(name)
        case "context":
            found = variables(exchange).get(name)
            return None if found is None else str(found)
    return None
