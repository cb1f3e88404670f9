"""What rules look at: the parts of the target, as AWS describes them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checks.asking import CouldNotAskError, NotThereError
from checks.looks.gateway import Gateway
from checks.looks.logs import Logs
from checks.looks.page import Page
from checks.looks.records import Records
from checks.looks.roles import Roles

LAYERS = ("storage", "events", "metadata", "api", "frontend", "uploads", "delete", "monitoring")


class Look(Page, Roles, Logs, Gateway, Records):
    """The parts of one target. Each is asked for once; one that is not there raises NotThereError."""

    @property
    def cloud(self) -> str:
        return (
            "aws"
            if self.client("s3").meta.endpoint_url.endswith((".amazonaws.com", ".amazonaws.com.cn"))
            else "embedded"
        )

    def built_beyond(self, layer: str) -> bool:
        """Whether something stands that is built after a layer; of the last layer, some of itself."""
        if self.target.whole:
            return True
        after = LAYERS[LAYERS.index(layer) + 1 :] or LAYERS[-1:]
        unknown: CouldNotAskError | None = None
        for later in after:
            for part, looks in MARKS[later]:
                if part and self.target.unnamed(part):
                    continue
                try:
                    if looks(self):
                        return True
                except NotThereError:
                    continue
                except CouldNotAskError as error:
                    unknown = error
        if unknown:
            raise unknown
        return False


Marks = tuple[tuple[str, Callable[[Look], Any]], ...]
MARKS: Mapping[str, Marks] = {  # what shows that a layer was built
    "storage": (("upload_bucket", lambda look: look.public_access_block() is not None),),
    "events": (("index_upload", lambda look: look.function("index_upload")),),
    "metadata": (("table", lambda look: look.table()),),
    "api": (("api", lambda look: look.api()), ("list_files", lambda look: look.function("list_files"))),
    "frontend": (("site_bucket", lambda look: look.bucket_policy(str(look.target.site_bucket)) is not None),),
    "uploads": (("create_upload", lambda look: look.function("create_upload")),),
    "delete": (("delete_file", lambda look: look.function("delete_file")),),
    "monitoring": (
        ("functions", Logs.keeps_logs),
        ("index_upload", lambda look: not look.event_invoke_config("index_upload").absent),
    ),
}
