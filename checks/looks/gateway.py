"""The HTTP API, as API Gateway describes it."""

from __future__ import annotations

from typing import Any

from checks.asking import Answer, NotThereError
from checks.looks.part import Part


class Gateway(Part):
    """The API of the target, its routes, integrations and stages."""

    def api(self) -> Answer:
        """The HTTP API of the target's name, the tagged one if several have it."""
        found = self.apis()
        if not found["Items"]:
            raise NotThereError(
                f"There is no API {self.target.label('api')!r}.", f"{found.call} does not list it", "api"
            )
        return Answer(found.call, found["Items"][0])

    def apis(self) -> Answer:
        """Every API of the target's name, or the one of its id; those with the stack's tag first."""
        target = self.target
        pages = [self.ask("apigatewayv2", "get_apis", MaxResults="500")]
        while pages[-1].get("NextToken"):
            more = pages[-1]["NextToken"]
            pages.append(self.ask("apigatewayv2", "get_apis", MaxResults="500", NextToken=more))
        found = [
            api
            for page in pages
            for api in page["Items"]
            if (api["ApiId"] == target.api_id if target.api_id else api["Name"] == target.api)
        ]
        found.sort(key=lambda api: api.get("Tags", {}).get("workbook:stack") != target.name)
        return Answer(pages[0].call, {"Items": found})

    def routes(self) -> Answer:
        """The API's routes by route key."""
        return self._of_api("get_routes", "RouteKey")

    def integrations(self) -> Answer:
        return self._of_api("get_integrations", "IntegrationId")

    def stages(self) -> Answer:
        return self._of_api("get_stages", "StageName")

    def _of_api(self, operation: str, by: str) -> Answer:
        asked: dict[str, Any] = {"ApiId": self.api()["ApiId"], "MaxResults": "500"}
        page = self._there(
            f"There is no API {self.target.label('api')!r}.", "api", "apigatewayv2", operation, **asked
        )
        items = list(page["Items"])
        while page.get("NextToken"):
            page = self.ask("apigatewayv2", operation, **asked, NextToken=page["NextToken"])
            items += page["Items"]
        return Answer(page.call, {item[by]: item for item in items})
