"""Mistakes that learners make in 06_uploads: each must be refused by its check."""

import ast
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parents[3] / "dashboard" / "functions"
HANDLER = (FUNCTIONS / "create_upload" / "lambda_function.py").read_text()


HEAD = HANDLER.partition("def sign_ticket(")[0].rstrip() + "\n"


def handler(right: str, wrong: str) -> str:
    """The cell that writes the function, with one thing in it done wrongly."""
    assert HEAD.count(right) == 1, f"create_upload no longer has {right!r} exactly once"
    return "%%writefile work/functions/create_upload/lambda_function.py\n" + HEAD.replace(right, wrong)


def part(name: str, right: str, wrong: str) -> str:
    """The cell with one of the function's parts, with one thing in it done wrongly."""
    source = next(
        ast.get_source_segment(HANDLER, node)
        for node in ast.parse(HANDLER).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    assert source.count(right) == 1, f"{name} no longer has {right!r} exactly once"
    return "BUCKET, SECONDS, MAX_BYTES = stack.upload_bucket, 300, 5 * 1024**3\n\n\n" + source.replace(
        right, wrong
    )


ROLE = """
from dashboard.stack.api import connect, variables
from dashboard.stack.roles import allow


def deploy_create(stack, code=None):
    put = allow({actions}, {resources})
    return deploy(stack, "create_upload", [put], {{"UPLOAD_BUCKET": stack.upload_bucket}}, code)


deploy_create(stack, code)
"""
UNDER_THE_PREFIX = '[f"arn:aws:s3:::{stack.upload_bucket}/{stack.prefix}*"]'

CORS = """
def allow_uploads_from(s3, bucket, origin):
    rule = {{"AllowedOrigins": [{origin}], "AllowedMethods": {methods}, "AllowedHeaders": {headers}}}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={{"CORSRules": [rule]}})


allow_uploads_from(s3, stack.upload_bucket, origin)
"""


def cors(origin="origin", methods='["PUT"]', headers='["content-type"]'):
    return CORS.format(origin=origin, methods=methods, headers=headers)


FORM = """
def post_form(s3, bucket, key, most):
    conditions = {conditions}
    return s3.generate_presigned_post(bucket, {key}, Conditions=conditions, ExpiresIn=300)


form = post_form(s3, stack.upload_bucket, "incoming/form/photo.png", 1_000_000)
"""
LENGTH, TYPE = '["content-length-range", 1, most]', '["starts-with", "$Content-Type", "image/"]'

WRONG = {
    "uploads-1": [
        ("gives back nothing", part("sign_ticket", "    return {", "    {")),
        ("forgets how long it lives", part("sign_ticket", '        "expires_in": SECONDS,\n', "")),
        ("leaves the length unsigned", part("sign_ticket", ', "ContentLength": size}', "}")),
        ("leaves the type unsigned", part("sign_ticket", ', "ContentType": content_type', "")),
        ("lets the ticket live for a day", part("sign_ticket", "ExpiresIn=SECONDS", "ExpiresIn=86_400")),
        ("names no header", part("sign_ticket", '{"Content-Type": content_type}', "{}")),
        ("signs the example's length", part("sign_ticket", '"ContentLength": size', '"ContentLength": 6')),
        ("signs another key", part("sign_ticket", '"Key": key', '"Key": "incoming/by-hand/hello.txt"')),
        (
            "signs a GET",
            part(
                "sign_ticket",
                '"put_object", Params=signed',
                '"get_object", Params={"Bucket": BUCKET, "Key": key}',
            ),
        ),
    ],
    "uploads-2": [
        ("leaves names as they are", "def safe_name(name):\n    return name"),
        ("keeps the beginning of a long name", part("safe_name", "[-200:]", "[:200]")),
        (
            "counts letters instead of bytes",
            part("safe_name", '.encode()[-200:].decode(errors="ignore")', "[-200:]"),
        ),
        ("cuts a letter in two", part("safe_name", 'decode(errors="ignore")', "decode()")),
        (
            "forgets that not everybody writes English",
            part("safe_name", 'unicodedata.category(c)[0] in "LMN"', "c.isascii() and c.isalnum()"),
        ),
        (
            "loses the vowels of Hindi",
            part(
                "safe_name",
                'c in " .-_" or unicodedata.category(c)[0] in "LMN"',
                'c in " .-_" or c.isalnum()',
            ),
        ),
        ("leaves dots alone", part("safe_name", '.strip(" .")', ".strip()")),
        (
            "cleans the ends before it shortens",
            part(
                "safe_name",
                'return last.strip(" .") or "file"',
                'return kept.strip(" .").encode()[-200:].decode(errors="ignore") or "file"',
            ),
        ),
        (
            "stops at an odd name",
            part(
                "safe_name",
                'return last.strip(" .") or "file"',
                'return last.strip(" .")[0] + last.strip(" .")[1:]',
            ),
        ),
    ],
    "uploads-3": [
        ("takes files without a byte", part("refusal", " or size < 1", "")),
        ("takes true for a number", part("refusal", "type(size) is not int", "not isinstance(size, int)")),
        ("compares before it looks", part("refusal", "type(size) is not int or size < 1", "size < 1")),
        ("refuses 5 GiB", part("refusal", "size > MAX_BYTES", "size >= MAX_BYTES")),
        ("calls everything a bad request", part("refusal", '413, "TooLarge"', '400, "BadRequest"')),
        ("calls it by another code", part("refusal", '"TypeNotAllowed"', '"Unsupported"')),
        ("takes every type", part("refusal", "not is_taken(content_type)", "not content_type")),
        ("says a sentence alone", part("refusal", '413, "TooLarge", f"A', 'f"A')),
        ("refuses everything", "def refusal(asked):\n    return 400, 'BadRequest', 'No.'"),
    ],
    "uploads-4": [
        (
            "lets the browser choose the key",
            handler("{uuid.uuid4().hex}/{safe_name(asked['name'])}", "{asked['name']}"),
        ),
        (
            "gives the same name the same key",
            handler("uuid.uuid4().hex", "uuid.uuid5(uuid.NAMESPACE_URL, asked['name']).hex"),
        ),
        ("leaves names as they are", handler("{safe_name(asked['name'])}", "{asked['name']}")),
        ("writes elsewhere", handler('f"incoming/', 'f"uploads/')),
        ("signs another length", handler('asked["size"]))', "1))")),
        (
            "signs another type",
            handler('asked["content_type"].lower(), asked', '"text/plain", asked'),
        ),
        ("answers 200", handler("answer(201", "answer(200")),
        ("refuses nobody", handler("if refused := refusal(asked)", "if refused := None")),
        ("needs what is not in the file", handler("safe_name(asked['name'])", "clean(asked['name'])")),
        ("answers nothing", handler("return answer(201", "answer(201")),
    ],
    "uploads-5": [
        (
            "lets the function do everything in the bucket",
            ROLE.format(actions='["s3:*"]', resources=UNDER_THE_PREFIX),
        ),
        (
            "forgets the prefix",
            ROLE.format(actions='["s3:PutObject"]', resources='[f"arn:aws:s3:::{stack.upload_bucket}/*"]'),
        ),
        ("lets it write everywhere", ROLE.format(actions='["s3:PutObject"]', resources='["*"]')),
        (
            "names the bucket instead of its objects",
            ROLE.format(actions='["s3:PutObject"]', resources='[f"arn:aws:s3:::{stack.upload_bucket}"]'),
        ),
        (
            "lets it change who may read",
            ROLE.format(actions='["s3:PutObject*"]', resources=UNDER_THE_PREFIX),
        ),
    ],
    "uploads-6": [
        ("lets every page in", cors(origin='"*"')),
        ("copies the slash at the end", cors(origin='origin + "/"')),
        ("allows more methods than the page needs", cors(methods='["PUT", "GET", "DELETE"]')),
        ("forgets PUT", cors(methods='["POST"]')),
        ("forgets the header", cors(headers="[]")),
        ("allows every header", cors(headers='["*"]')),
        ("lets longer origins in", cors(origin='origin + "*"')),
    ],
    "uploads-7": [
        (
            "sets no limit",
            FORM.format(conditions=f"[{TYPE}]", key="key"),
        ),
        ("gives the type no condition", FORM.format(conditions=f"[{LENGTH}]", key="key")),
        (
            "takes any type",
            FORM.format(conditions=f'[{LENGTH}, ["starts-with", "$Content-Type", ""]]', key="key"),
        ),
        (
            "takes empty files",
            FORM.format(conditions=f'[["content-length-range", 0, most], {TYPE}]', key="key"),
        ),
        (
            "leaves the key open",
            FORM.format(
                conditions=f'[{LENGTH}, {TYPE}, ["starts-with", "$key", ""]]', key='"incoming/${filename}"'
            ),
        ),
        (
            "lets the form live for an hour",
            FORM.format(conditions=f"[{LENGTH}, {TYPE}]", key="key").replace(", ExpiresIn=300", ""),
        ),
        (
            "takes PNG alone",
            FORM.format(conditions=f'[{LENGTH}, {{"Content-Type": "image/png"}}]', key="key"),
        ),
    ],
}
