"""What is audited: the parts of one dashboard, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.stack import Stack

ROUTES = {
    "GET /files": "list_files",
    "GET /files/{key+}": "get_file",
    "POST /uploads": "create_upload",
    "DELETE /files/{key+}": "delete_file",
}
PARTS = {  # what the parts are called for people
    "upload_bucket": "upload bucket",
    "site_bucket": "site bucket",
    "table": "table",
    "api": "API",
    "functions": "functions",
}


@dataclass(frozen=True)
class Function:
    """One function. A role or a log group that is not named is the one that the function itself names."""

    short: str  # what it does: create_upload, list_files, get_file, delete_file, index_upload
    name: str
    role: str | None = None
    log_group: str | None = None


@dataclass(frozen=True)
class Target:
    """One dashboard in one account and region. A part that is None, or a function that is not there, has no
    name: rules that need it are skipped, with that reason.

    ``whole`` says that all named parts should be there. Otherwise a part may be "not yet" built, as long as
    nothing that comes after it is.
    """

    name: str
    account_id: str
    region: str
    upload_bucket: str | None = None
    site_bucket: str | None = None
    table: str | None = None
    api: str | None = None  # the API's name
    api_id: str | None = None  # or its id
    prefix: str = "incoming/"  # where uploads arrive
    site_origin: str | None = None  # where the page should be; None: where the site bucket is really served
    routes: Mapping[str, str] = field(default_factory=lambda: dict(ROUTES))  # route key: short name
    functions: Mapping[str, Function] = field(default_factory=dict)  # by short name
    whole: bool = True

    @classmethod
    def of_stack(cls, stack: Stack) -> Target:
        """The dashboard that the workbook builds under a stack's name, as far as it is built."""
        functions = {
            short: Function(short, function.name, function.role, function.log_group)
            for short, function in stack.functions.items()
        }
        return cls(
            stack.name,
            stack.account_id,
            stack.region,
            stack.upload_bucket,
            stack.site_bucket,
            stack.table,
            stack.api_name,
            prefix=stack.prefix,
            functions=functions,
            whole=False,
        )

    @classmethod
    def named(cls, name: str) -> Target:
        """The workbook's stack of that name in the account that boto3 speaks for. Raises StackNameError."""
        from dashboard.stack import Stack

        return cls.of_stack(Stack.named(name))

    def unnamed(self, part: str) -> bool:
        """Whether a part has no name here."""
        if part == "api":
            return not (self.api or self.api_id)
        return not (
            self.functions.get(part)
            if part in ROUTES.values() or part == "index_upload"
            else getattr(self, part)
        )

    def label(self, part: str) -> str:
        """A part's name, for a finding that speaks of it."""
        if part in self.functions:
            return self.functions[part].name
        found = self.api or self.api_id if part == "api" else getattr(self, part, None)
        return found if isinstance(found, str) else self.name
