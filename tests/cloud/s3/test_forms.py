"""Browser forms: what the signed policy allows may be uploaded, and the answer is the one asked for."""

import base64
import hmac
import json
import time
import uuid
from xml.etree import ElementTree

import boto3
import pytest
import time_machine

from tests.cloud.s3.conftest import ask

LATE = "2036-01-01T00:00:00Z"


def encode(fields, file=b"meow", filename="cat.png", after=()):
    """A multipart form: the fields in their order, the file, and fields after it."""
    boundary, parts = uuid.uuid4().hex, []
    for name, value in fields.items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    if file is not None:
        named = f'; filename="{filename}"' if filename is not None else ""
        parts.append(f'Content-Disposition: form-data; name="file"{named}\r\n\r\n'.encode() + file)
    for name, value in dict(after).items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.fixture
def submit(s3, bucket):
    """Sign a form for a key and send it. ``more`` are further fields, ``drop`` fields to leave out."""

    def send(key="k", fields=None, conditions=None, more=None, drop=(), signer=None, **form):
        made = (signer or s3).generate_presigned_post(bucket, key, fields, conditions)
        sent = {name: value for name, value in (made["fields"] | (more or {})).items() if name not in drop}
        body, kind = encode(sent, **form)
        return ask(made["url"], "POST", body, Content_Type=kind)

    return send


@pytest.fixture
def post_policy(s3v2, bucket):
    """Post a form with a policy of one's own making, signed."""

    def send(policy):
        if not isinstance(policy, str):
            policy = base64.b64encode(json.dumps(policy).encode()).decode()
        made, key = s3v2.generate_presigned_post(bucket, "k"), s3v2._request_signer._credentials.secret_key
        signature = base64.b64encode(hmac.digest(key.encode(), policy.encode(), "sha1")).decode()
        body, kind = encode(made["fields"] | {"policy": policy, "signature": signature})
        return ask(made["url"], "POST", body, Content_Type=kind)

    return send


def test_a_form_stores_its_file_and_answers_204(s3, bucket, submit):
    conditions = [["starts-with", "$Content-Type", "image/"], {"x-amz-meta-of": "ann"}]
    answer = submit(fields={"Content-Type": "image/png", "x-amz-meta-of": "ann"}, conditions=conditions)
    assert (answer.status, answer.body) == (204, b"")
    stored = s3.get_object(Bucket=bucket, Key="k")
    assert (stored["Body"].read(), stored["ContentType"], stored["Metadata"]) == (
        b"meow",
        "image/png",
        {"of": "ann"},
    )
    assert answer.headers["etag"] == stored["ETag"]


def test_the_name_of_the_file_can_be_in_the_key_and_in_every_other_field(s3, bucket, submit):
    fields, anything = {"x-amz-meta-name": "${filename}"}, [["starts-with", "$x-amz-meta-name", ""]]
    answer = submit("up/${filename}", fields, anything, filename=r"C:\\photos\\red flower.png")
    assert answer.status == 204
    assert s3.head_object(Bucket=bucket, Key="up/red flower.png")["Metadata"] == {"name": "red flower.png"}


def test_text_without_a_file_name_is_a_file_too(s3, bucket, submit):
    assert submit("n-${filename}", filename=None).status == 204
    assert s3.get_object(Bucket=bucket, Key="n-")["Body"].read() == b"meow"


@pytest.mark.parametrize(
    ("conditions", "more", "shown"),
    [
        ([{"acl": "private"}], {"acl": "public-read"}, '["eq", "$acl", "private"]'),
        ([["eq", "$Content-Type", "a/b"]], {"Content-Type": "a/c"}, '["eq", "$Content-Type", "a/b"]'),
        ([["eq", "$Content-Type", "a/b"]], {}, '["eq", "$Content-Type", "a/b"]'),
        (
            [["starts-with", "$Content-Type", "a/"]],
            {"Content-Type": "a/b,c/d"},
            '["starts-with", "$Content-Type", "a/"]',
        ),
        (
            [["starts-with", "$x-amz-meta-of", "a"]],
            {"x-amz-meta-of": "b"},
            '["starts-with", "$x-amz-meta-of", "a"]',
        ),
        ([["eq", "key", "k"]], {}, '["eq", "key", "k"]'),
        ([["content-length-range", "one", "two"]], {}, '["content-length-range", "one", "two"]'),
    ],
)
def test_a_condition_that_does_not_hold_is_named(submit, conditions, more, shown):
    answer = submit(conditions=conditions, more=more)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.error["Message"] == f"Invalid according to Policy: Policy Condition failed: {shown}"


# https://github.com/versity/versitygw/blob/main/s3err/post-object.go
@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"acl": "private", "x-amz-meta-a": "1"},
         "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        ({"success_action_status": 201}, "Invalid Simple-Condition: value must be a string."),
        (["ends-with", "$key", "k"], "Invalid Condition: unknown operation 'ends-with'."),
        (["eq", "$key"], "Invalid eq: wrong number of arguments."),
        ([], "Invalid Condition: missing operation identifier."),
        (True, "Invalid condition test: must be a List or Object."),
    ],
)  # fmt: skip
def test_what_is_no_condition_makes_no_policy(submit, condition, message):
    answer = submit(conditions=[condition])
    assert (answer.status, answer.code) == (400, "InvalidPolicyDocument")
    assert answer.error["Message"] == f"Invalid Policy: {message}"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("no base64", "invalid Base64 encoding."),
        ([], "Invalid JSON."),
        ({"conditions": []}, "Policy missing expiration."),
        ({"expiration": LATE}, "Policy missing conditions."),
        ({"expiration": LATE, "conditions": {}}, "Invalid 'conditions' value: must be a List."),
        ({"expiration": LATE, "conditions": [], "extra": 1}, 'Unexpected: "extra"'),
        ({"expiration": "soon", "conditions": [{"bucket": "b"}]}, "Invalid 'expiration' value: 'soon'"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused_once_its_signature_holds(post_policy, policy, message):
    answer = post_policy(policy)
    assert (answer.status, answer.code) == (400, "InvalidPolicyDocument")
    assert answer.error["Message"] == f"Invalid Policy: {message}"


def test_a_policy_speaks_of_its_bucket(post_policy):
    """https://github.com/aws/aws-sdk-php/issues/3292"""
    answer = post_policy({"expiration": LATE, "conditions": [{"key": "k"}]})
    assert (answer.status, answer.error["Message"]) == (
        403, "Invalid according to Policy: Extra input fields: bucket")  # fmt: skip


def test_a_field_that_no_condition_speaks_of_is_refused(submit):
    assert submit(more={"x-ignore-me": "1"}).status == 204
    answer = submit(more={"x-amz-meta-a": "1", "x-amz-meta-b": "2"})
    assert answer.error["Message"] == "Invalid according to Policy: Extra input fields: x-amz-meta-a"


def test_the_key_is_held_to_its_prefix(submit):
    answer = submit("in/${filename}", more={"key": "out/${filename}"})
    assert answer.error["Message"].endswith('["starts-with", "$key", "in/"]')


def test_the_file_is_neither_larger_nor_smaller_than_allowed(submit):
    sized = [["content-length-range", 2, 4]]
    assert submit(conditions=sized).status == 204
    large, small = submit(conditions=sized, file=b"meow!"), submit(conditions=sized, file=b"m")
    assert (large.status, large.code, large.error["ProposedSize"], large.error["MaxSizeAllowed"]) == (
        400, "EntityTooLarge", "5", "4")  # fmt: skip
    assert (small.status, small.code, small.error["MinSizeAllowed"]) == (400, "EntityTooSmall", "2")


def test_a_policy_that_is_over_is_refused(s3, bucket):
    with time_machine.travel(time.time() - 7200):
        made = s3.generate_presigned_post(bucket, "k", ExpiresIn=3600)
    body, kind = encode(made["fields"])
    answer = ask(made["url"], "POST", body, Content_Type=kind)
    assert (answer.status, answer.error["Message"]) == (403, "Invalid according to Policy: Policy expired.")


@pytest.mark.parametrize(
    "name", ["x-amz-signature", "x-amz-algorithm", "x-amz-date", "x-amz-credential", "policy"]
)
def test_a_missing_field_is_named(submit, name):
    answer = submit(drop=(name,))
    spelled = "-".join(part.capitalize() for part in name.split("-"))
    assert (answer.status, answer.code, answer.error["ArgumentName"]) == (400, "InvalidArgument", spelled)
    assert answer.error["Message"].startswith(
        f"Bucket POST must contain a field named '{spelled}'.  If it is"
    )


def test_what_comes_after_the_file_does_not_count(s3, bucket):
    made = s3.generate_presigned_post(bucket, "k")
    key = {"key": made["fields"].pop("key")}
    body, kind = encode(made["fields"], after=key)
    assert "field named 'key'" in ask(made["url"], "POST", body, Content_Type=kind).error["Message"]


def test_a_form_without_a_file_and_one_of_another_kind_are_refused(s3, bucket, submit):
    assert submit(file=None).error["Message"] == "POST requires exactly one file upload per request."
    plain = ask(
        f"{s3.meta.endpoint_url}/{bucket}", "POST", b"key=k", Content_Type="application/x-www-form-urlencoded"
    )
    assert (plain.status, plain.code) == (412, "PreconditionFailed")
    unbound = ask(f"{s3.meta.endpoint_url}/{bucket}", "POST", b"", Content_Type="multipart/form-data")
    assert (unbound.status, unbound.code) == (400, "MalformedPOSTRequest")
    assert plain.error["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"


def test_a_policy_that_was_changed_or_signed_by_a_stranger_is_refused(submit):
    policy = base64.b64encode(json.dumps({"expiration": LATE, "conditions": []}).encode()).decode()
    assert submit(more={"policy": policy}).code == "SignatureDoesNotMatch"
    assert submit(
        more={"x-amz-credential": "AKIAXXXXXXXXXXXXXXXX/20260101/us-east-1/s3/aws4_request"}
    ).code == ("InvalidAccessKeyId")
    assert (
        submit(drop=("x-amz-signature", "x-amz-algorithm", "x-amz-date", "x-amz-credential")).code
        == "AccessDenied"
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("X-Amz-Algorithm", "AWS4", "Only AWS4-HMAC-SHA256 is supported"),
        ("X-Amz-Date", "today", "X-Amz-Date must be formated via ISO8601 Long format"),
        ("x-amz-credential", "AKID", "the Credential is mal-formed; expecting"),
        ("x-amz-credential", "A/20260101/us-east-1/iam/aws4_request", 'incorrect service "iam"'),
        ("x-amz-credential", "A/20260101/xx-west-9/s3/aws4_request", "the region 'xx-west-9' is wrong"),
    ],
)  # fmt: skip
def test_a_signature_that_cannot_be_read_is_named(submit, name, value, message):
    answer = submit(more={name.lower(): value})
    assert (answer.status, answer.code, answer.error["ArgumentName"]) == (400, "InvalidArgument", name)
    assert answer.error["Message"].startswith(message)
    assert answer.error["ArgumentValue"] == value


def test_version_two_forms_are_taken(s3v2, s3, bucket, submit):
    assert submit("second", signer=s3v2).status == 204
    assert submit("second", signer=s3v2, more={"signature": "AAAA"}).code == "SignatureDoesNotMatch"
    assert submit("second", signer=s3v2, drop=("signature",)).error["ArgumentName"] == "Signature"


def wanted(name, value):
    return {"fields": {name: value}, "conditions": [{name: value}]}


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("404", 204)])
def test_the_status_of_success_may_be_chosen(s3, bucket, submit, asked, status):
    answer = submit("a b", **wanted("success_action_status", asked))
    assert answer.status == status
    if status == 201:
        members = {child.tag: child.text for child in ElementTree.fromstring(answer.body)}
        assert (members["Bucket"], members["Key"], members["ETag"]) == (bucket, "a b", answer.headers["etag"])
        assert members["Location"] == f"{s3.meta.endpoint_url}/{bucket}/a%20b"


def test_success_may_lead_to_another_page(bucket, submit):
    answer = submit("a b", **wanted("success_action_redirect", "http://example.com/done?n=1"))
    etag = answer.headers["etag"].strip('"')
    assert answer.status == 303
    assert (
        answer.headers["location"] == f"http://example.com/done?n=1&bucket={bucket}&key=a+b&etag=%22{etag}%22"
    )
    assert submit(**wanted("success_action_redirect", "/done")).status == 204
    assert submit(**wanted("success_action_redirect", "javascript:alert(1)")).status == 204


def test_tags_come_as_a_document(s3, bucket, submit):
    tags = "<Tagging><TagSet><Tag><Key>of</Key><Value>ann b</Value></Tag></TagSet></Tagging>"
    assert submit(**wanted("tagging", tags)).status == 204
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "of", "Value": "ann b"}]
    assert submit(**wanted("tagging", "<Tagging")).code == "MalformedXML"


def test_a_stranger_may_only_post_where_everybody_may_put(s3, bucket):
    url, (body, kind) = f"{s3.meta.endpoint_url}/{bucket}", encode({"key": "k"})
    assert ask(url, "POST", body, Content_Type=kind).code == "AccessDenied"
    s3.delete_public_access_block(Bucket=bucket)
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    assert ask(url, "POST", body, Content_Type=kind).status == 204


def test_a_form_has_the_rights_of_its_signer(aws, bucket, submit):
    iam, name = boto3.client("iam"), f"poster-{bucket}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    theirs = boto3.client(
        "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    assert f"user/{name} is not authorized to perform: s3:PutObject" in submit(signer=theirs).error["Message"]


def test_fields_before_the_file_have_a_limit(submit):
    answer = submit(more={f"x-ignore-{number}": "x" * 9000 for number in range(3)})
    assert (answer.status, answer.code) == (400, "MaxPostPreDataLengthExceeded")
