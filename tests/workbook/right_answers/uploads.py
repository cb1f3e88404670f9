"""Right answers to 06_uploads in other words: each must pass its check."""

from pathlib import Path

HANDLER = (
    Path(__file__).resolve().parents[3] / "dashboard" / "functions" / "create_upload" / "lambda_function.py"
).read_text()
HEAD, _, REST = HANDLER.partition("    asked = asked_for(event)")
TAIL = REST.partition("def asked_for(")[2].partition("def sign_ticket(")[0]
assert TAIL

HANDOUT = """    import secrets

    asked = asked_for(event)
    no = refusal(asked)
    if no:
        return problem(no[0], no[1], no[2])
    key = "/".join(("incoming", secrets.token_urlsafe(16), safe_name(asked["name"])))
    print("create_upload", repr(key))
    return answer(201, sign_ticket(content_type=asked["content_type"].lower(), size=asked["size"], key=key))


def asked_for("""

RIGHT = {
    "uploads-1": [
        (
            "names every argument, and spells the header in small letters",
            """
BUCKET, SECONDS = stack.upload_bucket, 300


def sign_ticket(key, content_type, size):
    body = dict(object_key=key, method="PUT", expires_in=SECONDS)
    body["url"] = s3.generate_presigned_url(
        ClientMethod="put_object",
        Params=dict(Bucket=BUCKET, Key=key, ContentLength=size, ContentType=content_type),
        ExpiresIn=SECONDS,
        HttpMethod="PUT",
    )
    body["headers"] = {"content-type": content_type}
    return body
""",
        ),
    ],
    "uploads-2": [
        (
            "shortens letter by letter, and composes nothing",
            """
def safe_name(name):
    letters = []
    for letter in name:
        fine = letter in " .-_" or unicodedata.category(letter).startswith(("L", "M", "N"))
        letters.append(letter if fine else "_")
    kept = "".join(letters)
    while len(kept.encode("utf-8")) > 200:
        kept = kept[1:]
    return kept.strip(". ") or "file"
""",
        ),
    ],
    "uploads-3": [
        (
            "asks in another order, and gives back lists",
            """
MAX_BYTES = 5 * 1024**3


def refusal(asked):
    if not isinstance(asked, dict):
        return [400, "BadRequest", "Send JSON."]
    name, content_type, size = asked.get("name"), asked.get("content_type"), asked.get("size")
    if not isinstance(name, str) or not isinstance(content_type, str) or name.strip() == "":
        return [400, "BadRequest", "No name."]
    if isinstance(size, bool) or not isinstance(size, int) or size <= 0:
        return [400, "BadRequest", "No size."]
    if not is_taken(content_type):
        return [415, "TypeNotAllowed", "Not this one."]
    if size > MAX_BYTES:
        return [413, "TooLarge", "Too many."]
""",
        ),
    ],
    "uploads-4": [
        (
            "draws the id elsewhere, and passes everything by name",
            "%%writefile work/functions/create_upload/lambda_function.py\n" + HEAD + HANDOUT + TAIL,
        ),
    ],
    "uploads-5": [
        (
            "writes the statement itself, and gives both variables",
            """
from dashboard.stack.api import connect, variables
from dashboard.stack.roles import allow


def deploy_create(stack, code=None):
    put = {
        "Sid": "PutUploads",
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::" + stack.upload_bucket + "/" + stack.prefix + "*",
    }
    return deploy(stack, "create_upload", [put], variables(stack), code)


deploy_create(stack, code)
""",
        ),
    ],
    "uploads-6": [
        (
            "uses the resource, and spells the header as pages do",
            """
def allow_uploads_from(s3, bucket, origin):
    rule = dict(
        ID="page", AllowedOrigins=[origin], AllowedMethods=["PUT"], AllowedHeaders=["Content-Type"],
        ExposeHeaders=["ETag"], MaxAgeSeconds=300,
    )
    boto3.resource("s3").BucketCors(bucket).put(CORSConfiguration={"CORSRules": [rule]})


allow_uploads_from(s3, stack.upload_bucket, origin)
""",
        ),
    ],
    "uploads-7": [
        (
            "names every argument",
            """
def post_form(s3, bucket, key, most):
    return s3.generate_presigned_post(
        Bucket=bucket,
        Key=key,
        Fields=None,
        Conditions=[
            ["starts-with", "$Content-Type", "image/"],
            ["content-length-range", 1, most],
            {"bucket": bucket},
            ["eq", "$key", key],
        ],
        ExpiresIn=5 * 60,
    )


form = post_form(s3, stack.upload_bucket, "incoming/form/photo.png", 1_000_000)
""",
        ),
    ],
}  # fmt: skip
