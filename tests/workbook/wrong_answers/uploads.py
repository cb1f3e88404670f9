"""Mistakes that learners make in 06_uploads: each must be refused by its check."""

from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parents[3] / "dashboard" / "functions"
HANDLER = (FUNCTIONS / "create_upload" / "lambda_function.py").read_text()


def handler(right: str, wrong: str) -> str:
    """The cell that writes the function, with one thing in it done wrongly."""
    assert HANDLER.count(right) == 1, f"create_upload no longer has {right!r} exactly once"
    return "%%writefile work/functions/create_upload/lambda_function.py\n" + HANDLER.replace(right, wrong)


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
        ("lets the browser choose the key", handler("{uuid.uuid4().hex}/{safe_name(name)}", "{name}")),
        (
            "gives the same name the same key",
            handler("uuid.uuid4().hex", "uuid.uuid5(uuid.NAMESPACE_URL, name).hex"),
        ),
        ("leaves the length unsigned", handler(', "ContentLength": size}', "}")),
        ("leaves the type unsigned", handler('"ContentType": content_type.lower(), ', "")),
        ("lets the ticket live for a day", handler("ExpiresIn=SECONDS", "ExpiresIn=86_400")),
        (
            "signs a GET",
            handler('"put_object", Params=signed', '"get_object", Params={"Bucket": BUCKET, "Key": key}'),
        ),
        ("leaves names as they are", handler("{safe_name(name)}", "{name}")),
        ("keeps the beginning of a long name", handler("[-200:]", "[:200]")),
        (
            "forgets that not everybody writes English",
            handler('unicodedata.category(c)[0] in "LMN"', "c.isascii() and c.isalnum()"),
        ),
        ("leaves dots alone", handler('.strip(" .")', ".strip()")),
        (
            "loses the vowels of Hindi",
            handler('c in " .-_" or unicodedata.category(c)[0] in "LMN"', 'c in " .-_" or c.isalnum()'),
        ),
        (
            "cleans the ends before it shortens",
            handler(
                '    return last.strip(" .") or "file"',
                '    return unicodedata.normalize("NFC", kept).strip(" .").encode()[-200:].decode(errors="ignore") or "file"',
            ),
        ),
        (
            "stops at an odd name",
            handler(
                '    return last.strip(" .") or "file"',
                '    return last.strip(" .")[0] + last.strip(" .")[1:]',
            ),
        ),
    ],
    "uploads-2": [
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
    "uploads-3": [
        ("lets every page in", cors(origin='"*"')),
        ("copies the slash at the end", cors(origin='origin + "/"')),
        ("allows more methods than the page needs", cors(methods='["PUT", "GET", "DELETE"]')),
        ("forgets PUT", cors(methods='["POST"]')),
        ("forgets the header", cors(headers="[]")),
        ("allows every header", cors(headers='["*"]')),
        ("lets longer origins in", cors(origin='origin + "*"')),
    ],
    "uploads-4": [
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
