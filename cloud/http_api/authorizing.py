"""Who may pass on a route: everybody, who signs as AWS asks, who has a token, who a function lets in.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

from __future__ import annotations

from cloud.aws_errors import AwsError
from cloud.http_api.deployments import Route
from cloud.http_api.exchange import Exchange
from cloud.http_api.invoking import Invoker
from cloud.http_api.jwt_authorizers import JwtAuthorizers
from cloud.http_api.lambda_authorizers import LambdaAuthorizers
from cloud.http_api.refused import RefusedError
from cloud.identity.authentication import Authenticator
from cloud.identity.authorization import Authorizer
from cloud.identity.context import global_context
from cloud.identity.policy import Ask


class Authorizing:
    """Asks a route's authorizer."""

    def __init__(self, authenticator: Authenticator, authorizer: Authorizer, invoker: Invoker) -> None:
        self._authenticator, self._authorizer = authenticator, authorizer
        self.functions = LambdaAuthorizers(invoker)
        self._tokens = JwtAuthorizers()

    def admit(self, exchange: Exchange, route: Route) -> None:
        """Let a request pass. Raises RefusedError."""
        match route.authorization:
            case "NONE":
                return
            case "AWS_IAM":
                self._admit_signed(exchange)
            case "JWT" if route.authorizer is not None:
                self._tokens.admit(exchange, route.authorizer, route.scopes)
            case "CUSTOM" if route.authorizer is not None:
                self.functions.admit(exchange, route.authorizer)
            case _:  # what guarded the route is gone: nobody passes
                raise RefusedError(500, f"The route has no authorizer for {route.authorization}.")

    def _admit_signed(self, exchange: Exchange) -> None:
        try:
            caller = self._authenticator.authenticate(exchange.request, "execute-api")
        except AwsError as error:
            raise RefusedError(403, str(error)) from None
        context = global_context(caller, exchange.request, exchange.region)
        ask = Ask(caller, "execute-api:Invoke", (exchange.route_arn,), context)
        if caller.kind == "anonymous" or not self._authorizer.decide(ask).allowed:
            raise RefusedError(403)
