"""Right answers to 06_uploads in other words: each must pass its check."""

from pathlib import Path

HANDLER = (
    Path(__file__).resolve().parents[3] / "dashboard" / "functions" / "create_upload" / "lambda_function.py"
).read_text()
HEAD, _, REST = HANDLER.partition("    key = f")
TAIL = REST.partition("def problem(")[2]
assert REST
assert TAIL

TICKET = """    import secrets

    key = "/".join(("incoming", secrets.token_urlsafe(16), safe_name(name)))
    url = s3.generate_presigned_url(
        ClientMethod="put_object",
        Params=dict(Bucket=BUCKET, Key=key, ContentLength=size, ContentType=content_type.lower()),
        ExpiresIn=SECONDS,
        HttpMethod="PUT",
    )
    print("create_upload", repr(key))
    body = dict(object_key=key, url=url, method="PUT", expires_in=SECONDS)
    body["headers"] = {"content-type": content_type.lower()}
    return answer(201, body)


def safe_name(name):
    letters = []
    for letter in name:
        fine = letter in " .-_" or unicodedata.category(letter).startswith(("L", "M", "N"))
        letters.append(letter if fine else "_")
    kept = "".join(letters)
    while len(kept.encode("utf-8")) > 200:
        kept = kept[1:]
    return kept.strip(". ") or "file"


def problem("""

RIGHT = {
    "uploads-1": [
        (
            "draws the id elsewhere, and shortens letter by letter",
            "%%writefile work/functions/create_upload/lambda_function.py\n" + HEAD + TICKET + TAIL,
        ),
    ],
    "uploads-2": [
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
    "uploads-3": [
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
    "uploads-4": [
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
