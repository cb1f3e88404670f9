"""A configuration file: the parts of a dashboard that this workbook did not build, named one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.nearest import nearest
from checks.target import PARTS, Function, Target
from checks.toml_lines import TomlError, line_of_key, load

EXAMPLE = """\
# What `python -m checks --config audit.toml` audits. Leave out what you don't have: its rules are skipped.
name = "photo-share"                             # what the report calls it
upload_bucket = "photo-share-uploads"
site_bucket = "photo-share-site"
site_origin = "https://photos.example.com"       # where browsers open the page
table = "photo-share-records"
api_id = "a1b2c3d4e5"                            # or its name: api = "photo-share"
prefix = "incoming/"                             # where uploads arrive

[functions]                                      # by what they do: their names in Lambda
create_upload = "photo-share-sign"               # answers with a presigned URL
list_files = "photo-share-list"
get_file = "photo-share-get"
delete_file = "photo-share-delete"
index_upload = "photo-share-index"               # the one that S3 invokes

[routes]                                         # the API's routes, and the function behind each
"GET /files" = "list_files"
"GET /files/{key+}" = "get_file"
"POST /uploads" = "create_upload"
"DELETE /files/{key+}" = "delete_file"
"""

WORDS = ("name", "upload_bucket", "site_bucket", "site_origin", "table", "api", "api_id", "prefix")
SHORT_NAMES = ("create_upload", "list_files", "get_file", "delete_file", "index_upload")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = (
    re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "a bucket's name: 3 to 63 lower-case letters, digits, hyphens or dots",
)
SHAPES = {
    "name": (re.compile(r"\S(.{0,98}\S)?"), "a name of 1 to 100 characters"),
    "upload_bucket": BUCKET,
    "site_bucket": BUCKET,
    "site_origin": (
        re.compile(r"https?://[a-z0-9.-]+(:\d+)?"),
        'an origin: scheme and host, without a path or a slash at the end, like "https://photos.example.com"',
    ),
    "table": (re.compile(r"[A-Za-z0-9_.-]{3,255}"), "a table's name, not its ARN"),
    "api": (re.compile(r".{1,128}"), "the API's name"),
    "api_id": (re.compile(r"[a-z0-9]{1,32}"), 'the API\'s id, like "a1b2c3d4e5"'),
    "prefix": (
        re.compile(r"[^/].*"),
        'the beginning of object keys, without a first slash, like "incoming/"',
    ),
    "function": (re.compile(r"[A-Za-z0-9_-]{1,64}"), "a function's name, not its ARN"),
    "role": (re.compile(r"[\w+=,.@-]{1,64}"), "a role's name, not its ARN"),
    "log_group": (re.compile(r"[\w./#-]{1,512}"), 'a log group\'s name, like "/aws/lambda/photo-share-list"'),
}


class ConfigError(TomlError):
    """A configuration that cannot be used; the message names the file and the line."""


@dataclass(frozen=True)
class Configuration:
    """What a file names, checked; the account and the region are those that boto3 speaks for."""

    named: Mapping[str, Any]  # parameters of Target
    notices: tuple[str, ...] = field(default=())  # what it does not name

    def target(self, account_id: str, region: str) -> Target:
        return Target(account_id=account_id, region=region, **self.named)


def read(path: Path) -> Configuration:
    """The parts that a file names. Raises ConfigError, naming the line, when one of them cannot be right."""
    content, text = load(path, ConfigError)
    file = _File(path, text)
    functions, routes = content.pop("functions", {}), content.pop("routes", None)
    file.known(content, (*WORDS, "functions", "routes"))
    named: dict[str, Any] = {word: file.shaped(word, value) for word, value in content.items()}
    named.setdefault("name", path.stem)
    named["functions"] = file.functions(functions)
    if routes is not None:
        named["routes"] = file.routes(routes, named["functions"])
    if not named["functions"] and not named.keys() & {
        "upload_bucket",
        "site_bucket",
        "table",
        "api",
        "api_id",
    }:
        raise ConfigError(
            f"{path}, line 1: names nothing to audit. Name at least one of upload_bucket, site_bucket, "
            "table, api_id, or a function below [functions]. `python -m checks --config example` prints one."
        )
    if named.keys() >= {"api", "api_id"}:
        raise ConfigError(f"{file.at('api')}: name the API by api or by api_id, not by both.")
    return Configuration(named, tuple(file.not_named(named)))


@dataclass(frozen=True)
class _File:
    """A file's text, to say on which line something stands."""

    path: Path
    text: str

    def at(self, key: str, table: str = "") -> str:
        return f"{self.path}, line {line_of_key(self.text, key, table)}"

    def known(self, content: Mapping[str, Any], words: tuple[str, ...], table: str = "") -> None:
        for word in content:
            if word not in words:
                told = nearest(word, words) or f" It has {', '.join(words)}."
                where = f"[{table}]" if table else "a configuration"
                raise ConfigError(f"{self.at(word, table)}: {word!r} is not part of {where}.{told}")

    def shaped(self, word: str, value: object, table: str = "", shape: str = "") -> str:
        """A value that looks like what it should name."""
        pattern, expected = SHAPES[shape or word]
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        if isinstance(value, str) and value.startswith("arn:"):
            expected += f"; of this ARN it is {value.rstrip('*').rstrip(':').split(':')[-1].split('/')[-1]!r}"
        elif word == "site_origin" and isinstance(value, str) and value.endswith("/"):
            expected += ". A browser never sends the slash, so it would match nothing"
        raise ConfigError(f"{self.at(word, table)}: {word} is {value!r}. Expected {expected}.")

    def functions(self, functions: object) -> dict[str, Function]:
        if not isinstance(functions, dict):
            raise ConfigError(
                f'{self.at("functions")}: functions is a table: [functions], then create_upload = "its name".'
            )
        self.known(functions, SHORT_NAMES, "functions")
        return {short: self.function(short, value) for short, value in functions.items()}

    def function(self, short: str, value: object) -> Function:
        """A function by its name, or as a table that names its role and its log group too."""
        table = f"functions.{short}"
        if not isinstance(value, dict):
            return Function(short, self.shaped(short, value, "functions", "function"))
        inline = line_of_key(self.text, short, "functions") > 1
        here, key = ("functions", short) if inline else (table, table)
        for word in value:
            if word not in ("name", "role", "log_group"):
                raise ConfigError(
                    f"{self.at(key if inline else word, here)}: {word!r} is not part of {table}, which has "
                    "name, role and log_group."
                )
        if "name" not in value:
            raise ConfigError(
                f'{self.at(key, "functions" if inline else "")}: {table} lacks its name: name = "...".'
            )
        parts = {
            word: self.shaped(key if inline else word, part, here, "function" if word == "name" else word)
            for word, part in value.items()
        }
        return Function(short, **parts)

    def routes(self, routes: object, functions: Mapping[str, Function]) -> dict[str, str]:
        """Route keys, and the functions that they should lead to."""
        if not isinstance(routes, dict):
            raise ConfigError(
                f'{self.at("routes")}: routes is a table: [routes], then "GET /files" = "list_files".'
            )
        for key, short in routes.items():
            method, _, path = key.partition(" ")
            if method not in METHODS or not path.startswith("/"):
                raise ConfigError(
                    f"{self.at(key, 'routes')}: {key!r} is not a route key. Expected a method, a blank and a "
                    'path, like "GET /files/{key+}".'
                )
            if short not in functions:
                raise ConfigError(
                    f"{self.at(key, 'routes')}: {key!r} leads to {short!r}, which [functions] does not name."
                )
        return dict(routes)

    def not_named(self, named: Mapping[str, Any]) -> list[str]:
        """What is missing, and on which line it would stand."""
        lines = self.text.splitlines()
        end = next(
            (number for number, line in enumerate(lines, 1) if line.lstrip().startswith("[")), len(lines) + 1
        )
        said = []
        for part, label in PARTS.items():
            if part == "functions":
                continue
            if part not in named and not (part == "api" and "api_id" in named):
                said.append(
                    f"{self.path} names no {label}, so its rules are skipped. "
                    f'To ask them, write above line {end}: {part} = "..."'
                )
        if absent := [short for short in SHORT_NAMES if short not in named["functions"]]:
            line = line_of_key(self.text, "functions")
            where = (
                f"below line {line}, [functions]" if "functions" in self.text else "below a line [functions]"
            )
            said.append(
                f"{self.path} names no {', no '.join(absent)}: their rules are skipped. "
                f'To ask them, write {where}: {absent[0]} = "..."'
            )
        return said
