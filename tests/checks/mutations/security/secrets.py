"""Single defects of links and secrets: what lives too long, and what lies open."""

from __future__ import annotations

import secrets

from tests.checks.defects import each, published, variables


@each(
    "SECURITY-5",
    of_tickets=("create_upload", "86400"),
    of_links=("get_file", "604800"),
    never=("get_file", "0"),
)
def long_life(stack, case):
    short, seconds = case
    return variables(stack, short, URL_EXPIRES=seconds)


@each(
    "SECURITY-8",
    access_key=(
        "debug.js",
        lambda: (
            "const key = "
            f"'AKIA{'Q' * 3}{secrets.token_hex(16).upper().translate(str.maketrans('0189', 'ABCD'))[:13]}';"
        ),
    ),
    secret_key=("notes.txt", lambda: "aws_secret_access_key = wJa1rXUt3FEMI/K7MDENG+bPxRfiCYzQ9aB2cD4e"),
    password=(".env", lambda: 'DB_PASSWORD="' + secrets.token_urlsafe(12) + '"'),
    unquoted=("backup/.env", lambda: "DB_HOST=db\nDB_PASSWORD=correcthorsebattery\n"),
    private_key=("old/server.pem", lambda: "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n"),
    token=("app-old.js", lambda: f'headers: {{"Authorization": "Bearer {"ghp_" + "a1B2" * 9}"}}'),
    comment=("app-old.js", lambda: "// admin password: correcthorsebattery"),
    short=("app-old.js", lambda: "const password = 'hunter2';"),
    webhook=("app-old.js", lambda: "'https://hooks.slack.com/services/T0AB/B0CD/" + "a1B2" * 6 + "'"),
    connection=("web.config", lambda: "Server=db;User Id=sa;Password=hunter22;"),
    basic=("app-old.js", lambda: "headers.Authorization = 'Basic YWRtaW46aHVudGVyMjI0NA=='"),
    key_id_with_digits=("app-old.js", lambda: "const id = '" + "AKIA" + "1234567890ABCDEF';"),
)
def published_secret(stack, case):
    key, content = case
    return published(stack, key, content())


@each(
    "SECURITY-9",
    password={"DB_PASSWORD": "correct-horse-battery"},
    token={"GITHUB": "ghp_" + "a1B2" * 9},
    key={"PAYMENTS": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"},
    address={"DATABASE": "postgres://admin:hunter22@db.example.org/files"},
    address_without_a_name={"CACHE": "redis://:hunter22@cache.example.org:6379/0"},
    short_name={"DB_PASS": "hunter22"},
    signing_key={"SIGNING_KEY": "a1B2c3D4e5f6"},
    connection={"DATABASE": "Server=db;User Id=sa;Password=hunter22;"},
)
def secret_in_environment(stack, found):
    return variables(stack, "get_file", **found)
