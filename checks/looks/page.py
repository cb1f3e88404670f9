"""The page, as strangers get it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from checks.asking import CouldNotAskError
from checks.http import Reply, get, head
from checks.looks.buckets import Buckets

FILES = 100  # of the page, that are asked for


class Page(Buckets):
    """Where the site bucket is served, and what is answered there."""

    def site_url(self) -> str:
        """Where the site bucket is served."""
        from types import SimpleNamespace

        from dashboard.stack.frontend import site_url

        asked = SimpleNamespace(
            client=self.client, region=self.target.region, site_bucket=self.target.site_bucket
        )
        try:
            with self._once:  # rules side by side want it at the same time
                if "site_url" not in self.kept:
                    self.kept["site_url"] = str(site_url(asked))
                return str(self.kept["site_url"])
        except OSError as error:
            raise CouldNotAskError(
                "where the site is served", "nothing", type(error).__name__, str(error)
            ) from error

    def page(self) -> Reply:
        """What a stranger gets who opens the page."""
        address = f"{self.site_url().rstrip('/')}/"
        with self._once:
            if "page" not in self.kept:
                self.kept["page"] = get(address)
        found = self.kept["page"]
        assert isinstance(found, Reply)
        return found

    def served(self, origin: str) -> dict[str, Reply]:
        """What a stranger's HEAD gets at an origin for each file of the page; of very many, for the first."""
        listed = [one["Key"] for one in self.site_objects()["Contents"]]
        keys, kept = [key for key in listed if not key.endswith("/")][:FILES], f"served at {origin}"
        with self._once:
            if kept not in self.kept:
                with ThreadPoolExecutor(8, "page") as pool:
                    replies = pool.map(lambda key: head(f"{origin}/{quote(key)}"), keys)
                    self.kept[kept] = dict(zip(keys, replies, strict=True))
        found = self.kept[kept]
        assert isinstance(found, dict)
        return found

    def site_origin(self) -> str:
        """The origin that browsers name for the page: what the target says, else where it is served."""
        return (self.target.site_origin or self.site_url()).rstrip("/")
