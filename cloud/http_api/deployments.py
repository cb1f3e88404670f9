"""Deployments: what a stage serves: with auto-deploy what is there now, otherwise what was deployed last."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud import ids, moto_side


@dataclass(frozen=True)
class Route:
    """One route as it was when it was deployed: its key, who may call it, and what it calls."""

    key: str
    authorization: str
    integration: Any | None
    authorizer: Any | None = None  # of routes whose authorization is JWT or CUSTOM
    scopes: tuple[str, ...] = ()  # of which a token needs one


@dataclass
class Deployment:
    """A snapshot of an API's routes."""

    id: str
    routes: Mapping[str, Route]
    description: str = ""
    auto: bool = False
    created: float = field(default_factory=time.time)


class Deployments:
    """The deployments of every API, and which of them each stage serves."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, Deployment]] = {}
        self._served: dict[tuple[str, str], str] = {}

    def live(self, api: Any) -> dict[str, Route]:
        """An API's routes as they are now."""
        found = {}
        for route in list(api.routes.values()):
            integration = api.integrations.get((route.target or "").removeprefix("integrations/"))
            authorizer = api.authorizers.get(route.authorizer_id or "")
            scopes = tuple(route.authorization_scopes or ())
            authorization = route.authorization_type or "NONE"
            found[route.route_key] = Route(route.route_key, authorization, integration, authorizer, scopes)
        return found

    def routes(self, api: Any, stage: Any) -> Mapping[str, Route]:
        """The routes that a stage serves."""
        if stage.auto_deploy:
            return self.live(api)
        deployment = self.of_stage(api.api_id, stage.name)
        return deployment.routes if deployment else {}

    def of_stage(self, api_id: str, stage: str) -> Deployment | None:
        return self._made.get(api_id, {}).get(self._served.get((api_id, stage), ""))

    def all(self, api_id: str) -> list[Deployment]:
        """An API's deployments, the newest first."""
        return sorted(self._made.get(api_id, {}).values(), key=lambda one: one.created, reverse=True)

    def make(self, api: Any, description: str = "", *, auto: bool = False) -> Deployment:
        routes = {key: copy.deepcopy(route) for key, route in self.live(api).items()}
        deployment = Deployment(ids.api_id()[:6], routes, description, auto)
        self._made.setdefault(api.api_id, {})[deployment.id] = deployment
        return deployment

    def serve(self, api_id: str, stage: str, deployment_id: str) -> None:
        self._served[api_id, stage] = deployment_id

    def stage_is_gone(self, api_id: str, stage: str) -> None:
        self._served.pop((api_id, stage), None)

    def remove(self, api_id: str, deployment_id: str) -> None:
        self._made.get(api_id, {}).pop(deployment_id, None)

    def stages_of(self, api_id: str, deployment_id: str) -> list[str]:
        return [
            stage for (api, stage), served in self._served.items() if (api, served) == (api_id, deployment_id)
        ]

    def forget(self, api_id: str) -> None:
        """An API is gone, and its deployments with it."""
        self._made.pop(api_id, None)
        for key in [key for key in self._served if key[0] == api_id]:
            del self._served[key]

    def changed(self, api_id: str, region: str) -> None:
        """Deploy to the stages that deploy by themselves."""
        api = moto_side.http_apis(region).get(api_id)
        stages = [stage for stage in api.stages.values() if stage.auto_deploy] if api else []
        if stages:
            deployment = self.make(
                api, "Automatic deployment triggered by changes to the Api configuration", auto=True
            )
            for stage in stages:
                self.serve(api_id, stage.name, deployment.id)
