"""Checksums: what an upload states is compared with what arrived, and what S3 computed can be asked for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html; the words of the
refusals are those that OpenStack Swift's tests expect of AWS (test/s3api/test_object_checksums.py).
"""

import base64
import hashlib

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from cloud.s3 import checksums
from tests.cloud.s3.conftest import ask
from tests.cloud.s3.test_forms import encode

BODY = b"123456789"  # the check values of the CRCs are published: https://reveng.sourceforge.io/crc-catalogue
KNOWN = {
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": "rosUhgp5mIg=",
    "SHA1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
    "SHA256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    "SHA512": base64.b64encode(hashlib.sha512(BODY).digest()).decode(),
    "MD5": base64.b64encode(hashlib.md5(BODY).digest()).decode(),
    "XXHASH64": "jLhB20DmroM=",
    "XXHASH3": "ctyxi2ehff8=",
    "XXHASH128": "MxGUd+3l3NXpcWQnaB1YYA==",
}
OF_NOTHING = {
    "CRC32": "AAAAAA==", "CRC32C": "AAAAAA==", "CRC64NVME": "AAAAAAAAAAA=",
    # https://github.com/Cyan4973/xxHash/blob/dev/tests/sanity_test_vectors.h, the most significant byte first
    "XXHASH64": "70bbN1HY6Zk=", "XXHASH3": "LQaABTjTlMI=", "XXHASH128": "maoG0wFHmNhgAcMkRo1Jfw==",
}  # fmt: skip
LARGE = BODY * 100_000  # kept in a file


@pytest.fixture(scope="module")
def plain(aws):
    """A client that adds no checksum of its own."""
    return boto3.client("s3", config=Config(request_checksum_calculation="when_required"))


def digest(algorithm, body):
    running = checksums.Running(algorithm)
    running.update(body)
    return running.text


def checksum_of(client, bucket, key, **more):
    head = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **more)
    told = {name: value for name, value in head.items() if name.startswith("Checksum")}
    return told.pop("ChecksumType", None), told


@pytest.mark.parametrize("algorithm", KNOWN)
@pytest.mark.parametrize("body", [BODY, LARGE], ids=["small", "large"])
def test_a_checksum_that_is_right_is_kept_and_told_when_asked_for(plain, bucket, algorithm, body):
    value = KNOWN[algorithm] if body is BODY else digest(algorithm, body)
    made = plain.put_object(Bucket=bucket, Key="k", Body=body, **{f"Checksum{algorithm}": value})
    assert (made[f"Checksum{algorithm}"], made["ChecksumType"]) == (value, "FULL_OBJECT")
    assert checksum_of(plain, bucket, "k") == ("FULL_OBJECT", {f"Checksum{algorithm}": value})
    assert not any(name.startswith("Checksum") for name in plain.head_object(Bucket=bucket, Key="k"))
    [listed] = plain.list_objects_v2(Bucket=bucket)["Contents"]
    assert listed["ChecksumAlgorithm"] == [algorithm]


@pytest.mark.parametrize("algorithm", KNOWN)
def test_a_checksum_of_something_else_is_refused(plain, bucket, refused, algorithm):
    other = {f"Checksum{algorithm}": digest(algorithm, b"something else")}
    message = f"The {algorithm} you specified did not match the calculated checksum."
    for body in (BODY, LARGE):
        found = refused(plain.put_object, Bucket=bucket, Key="k", Body=body, **other)
        assert found == ("BadDigest", message, 400)
    assert plain.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("value", ["short===", "shrt", "toolong=", "^^^^^^==", "y/Q5Jh=="])
def test_what_is_no_checksum_is_refused(plain, bucket, refused, value):
    """Base64 with other bits than the digest's counts as none."""
    found = refused(plain.put_object, Bucket=bucket, Key="k", Body=BODY, ChecksumCRC32=value)
    assert found == ("InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid.", 400)


def test_only_one_checksum_may_be_stated(plain, bucket, refused):
    both = {"ChecksumCRC32": KNOWN["CRC32"], "ChecksumSHA1": KNOWN["SHA1"]}
    code, message, _ = refused(plain.put_object, Bucket=bucket, Key="k", Body=BODY, **both)
    start = "Expecting a single x-amz-checksum- header"
    assert (code, message) == ("InvalidRequest", f"{start}. Multiple checksum Types are not allowed.")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (
            {"x-amz-sdk-checksum-algorithm": "CRC32C"},
            (
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                "x-amz-trailer headers were found."
            ),
        ),
        (
            {"x-amz-sdk-checksum-algorithm": "SHA1", "x-amz-checksum-crc32": KNOWN["CRC32"]},
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        (
            {"x-amz-checksum-crc16": "AAA="},
            "The algorithm type you specified in x-amz-checksum- header is invalid.",
        ),
    ],
)
def test_an_algorithm_without_its_checksum_is_refused(aws, s3, bucket, headers, message):
    client = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    client.meta.events.register(
        "before-sign.s3.PutObject",
        lambda request, **_: [request.headers.add_header(*item) for item in headers.items()],
    )
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.put_object(Bucket=bucket, Key="k", Body=BODY)
    assert caught.value.response["Error"]["Code"] == "InvalidRequest"
    assert caught.value.response["Error"]["Message"] == message


@pytest.mark.parametrize(("algorithm", "value"), OF_NOTHING.items())
def test_nothing_has_the_checksum_that_is_published(plain, bucket, algorithm, value):
    plain.put_object(Bucket=bucket, Key="k", Body=b"", **{f"Checksum{algorithm}": value})


def test_without_a_checksum_s3_computes_crc64nvme(plain, bucket):
    made = plain.put_object(Bucket=bucket, Key="k", Body=BODY)
    assert (made["ChecksumCRC64NVME"], made["ChecksumType"]) == (KNOWN["CRC64NVME"], "FULL_OBJECT")
    assert checksum_of(plain, bucket, "k") == ("FULL_OBJECT", {"ChecksumCRC64NVME": KNOWN["CRC64NVME"]})


def test_a_range_has_the_checksum_only_when_it_is_all(plain, bucket):
    plain.put_object(Bucket=bucket, Key="k", Body=BODY)
    assert checksum_of(plain, bucket, "k", Range="bytes=0-8")[0] == "FULL_OBJECT"
    assert checksum_of(plain, bucket, "k", Range="bytes=0-7") == (None, {})


class TrailerSigner(S3SigV4Auth):
    """Signs the headers of a request whose checksum comes after its content."""

    def payload(self, _):
        return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


@pytest.mark.parametrize(
    ("trailer", "code", "message"),
    [
        (f"x-amz-checksum-crc32c:{KNOWN['CRC32C']}", None, None),
        (f"x-amz-checksum-crc64nvme:{KNOWN['CRC64NVME']}", None, None),
        (
            "x-amz-checksum-crc32c:AAAAAA==",
            "BadDigest",
            "The CRC32C you specified did not match the calculated checksum.",
        ),
        (
            "x-amz-checksum-crc32c:nonsense",
            "InvalidRequest",
            "Value for x-amz-checksum-crc32c trailing header is invalid.",
        ),
    ],
)
def test_a_checksum_after_the_content_is_compared_too(aws, plain, bucket, trailer, code, message):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html"""
    chunks = b"9\r\n%b\r\n0\r\n%b\r\n\r\n" % (BODY, trailer.encode())
    name, _, value = trailer.partition(":")
    url = f"{aws.endpoint_url}/{bucket}/k"
    request = AWSRequest(
        "PUT",
        url,
        headers={
            "Content-Encoding": "aws-chunked",
            "x-amz-decoded-content-length": str(len(BODY)),
            "x-amz-trailer": name,
        },
    )
    keys = Credentials(aws.credentials.access_key_id, aws.credentials.secret_access_key)
    TrailerSigner(keys, "s3", aws.region).add_auth(request)
    answer = ask(url, "PUT", chunks, **dict(request.headers))
    assert (answer.code, answer.error.get("Message")) == (code, message)
    if code is None:
        assert checksum_of(plain, bucket, "k")[1] == {f"Checksum{name.rpartition('-')[2].upper()}": value}


@pytest.mark.parametrize(("value", "code"), [(KNOWN["CRC32C"], None), (OF_NOTHING["CRC32C"], "BadDigest")])
def test_a_form_may_state_a_checksum(s3, bucket, value, code):
    name = "x-amz-checksum-crc32c"
    form = s3.generate_presigned_post(bucket, "k", Fields={name: value}, Conditions=[{name: value}])
    body, content_type = encode(form["fields"], BODY)
    assert ask(form["url"], "POST", body, content_type=content_type).code == code


# ---- uploads in parts --------------------------------------------------------------------------------------

PART = bytes(5 * 1024**2)


def begin(client, bucket, algorithm=None, kind=None):
    asked = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    asked |= {"ChecksumType": kind} if kind else {}
    made = client.create_multipart_upload(Bucket=bucket, Key="k", **asked)
    return {"Bucket": bucket, "Key": "k", "UploadId": made["UploadId"]}, made


def send(client, upload, algorithm, *bodies):
    """Send parts with their checksums; what CompleteMultipartUpload lists of them."""
    listed = []
    for number, body in enumerate(bodies, 1):
        stated = {f"Checksum{algorithm}": digest(algorithm, body)} if algorithm else {}
        made = client.upload_part(**upload, PartNumber=number, Body=body, **stated)
        listed.append({"PartNumber": number, "ETag": made["ETag"], **stated})
    return {"Parts": listed}


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA256", "XXHASH128"])
def test_a_composite_checksum_is_over_the_checksums_of_the_parts(plain, bucket, algorithm):
    upload, made = begin(plain, bucket, algorithm)
    assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == (algorithm, "COMPOSITE")
    parts = send(plain, upload, algorithm, PART, BODY)
    over = b"".join(base64.b64decode(digest(algorithm, part)) for part in (PART, BODY))
    value = f"{digest(algorithm, over)}-2"
    listed = plain.list_parts(**upload)
    assert [one[f"Checksum{algorithm}"] for one in listed["Parts"]] == [
        digest(algorithm, PART),
        digest(algorithm, BODY),
    ]
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == (algorithm, "COMPOSITE")
    done = plain.complete_multipart_upload(**upload, MultipartUpload=parts, **{f"Checksum{algorithm}": value})
    assert (done[f"Checksum{algorithm}"], done["ChecksumType"]) == (value, "COMPOSITE")
    assert checksum_of(plain, bucket, "k") == ("COMPOSITE", {f"Checksum{algorithm}": value})
    assert checksum_of(plain, bucket, "k", PartNumber=2) == (
        "COMPOSITE",
        {f"Checksum{algorithm}": digest(algorithm, BODY)},
    )


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("CRC32C", "FULL_OBJECT"), ("CRC64NVME", None), (None, None)]
)
def test_a_full_checksum_is_over_everything(plain, bucket, algorithm, kind):
    """And where nobody asked for one, it is CRC64NVME."""
    upload, _ = begin(plain, bucket, algorithm, kind)
    parts = send(plain, upload, algorithm, PART, BODY)
    name, value = algorithm or "CRC64NVME", digest(algorithm or "CRC64NVME", PART + BODY)
    done = plain.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert (done[f"Checksum{name}"], done["ChecksumType"]) == (value, "FULL_OBJECT")
    assert checksum_of(plain, bucket, "k") == ("FULL_OBJECT", {f"Checksum{name}": value})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"ChecksumAlgorithm": "NOPE"},
            (
                "Checksum algorithm provided is unsupported. Please try again "
                "with any of the valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, "
                "XXHASH128, XXHASH3, XXHASH64]"
            ),
        ),
        (
            {"ChecksumAlgorithm": "CRC32", "ChecksumType": "TEST"},
            "Value for x-amz-checksum-type header is invalid.",
        ),
        (
            {"ChecksumAlgorithm": "SHA1", "ChecksumType": "FULL_OBJECT"},
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
        ),
        (
            {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"},
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
        (
            {"ChecksumType": "COMPOSITE"},
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        ),
    ],
)
def test_an_upload_cannot_begin_with_any_checksum(plain, bucket, refused, asked, message):
    found = refused(plain.create_multipart_upload, Bucket=bucket, Key="k", **asked)
    assert found == ("InvalidRequest", message, 400)


def test_a_part_needs_the_upload_s_own_checksum(plain, bucket, refused):
    upload, _ = begin(plain, bucket, "CRC32C")
    start = "Checksum Type mismatch occurred, expected checksum Type: crc32c, actual checksum Type:"
    part = upload | {"PartNumber": 1, "Body": BODY}
    assert refused(plain.upload_part, **part) == ("InvalidRequest", f"{start} null", 400)
    found = refused(plain.upload_part, **part, ChecksumCRC32=KNOWN["CRC32"])
    assert found == ("InvalidRequest", f"{start} crc32", 400)
    assert refused(plain.upload_part, **part, ChecksumCRC32C=OF_NOTHING["CRC32C"])[0] == "BadDigest"


def complete_with(**changes):
    return lambda parts: {"MultipartUpload": {"Parts": [parts["Parts"][0] | changes]}}


NO_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
    "the specified entity tag may not match the part's entity tag."
)


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (
            complete_with(ChecksumCRC32C="4waSgx=="),
            "InvalidArgument",
            "Invalid Base64 or multiple checksums present in request",
        ),
        (
            complete_with(ChecksumCRC32=KNOWN["CRC32"]),
            "InvalidArgument",
            "Invalid Base64 or multiple checksums present in request",
        ),
        (complete_with(ChecksumCRC32C=OF_NOTHING["CRC32C"]), "InvalidPart", NO_PART),
        (
            lambda parts: {"MultipartUpload": parts, "ChecksumCRC32C": "4waSgx=="},
            "InvalidRequest",
            "Value for x-amz-checksum-crc32c header is invalid.",
        ),
        (
            lambda parts: {"MultipartUpload": parts, "ChecksumCRC32C": KNOWN["CRC32C"]},
            "BadDigest",
            "The crc32c you specified did not match the calculated checksum.",
        ),
        (
            lambda parts: {"MultipartUpload": parts, "ChecksumCRC32C": "pzJFoA==-2"},
            "BadDigest",
            "The crc32c you specified did not match the calculated checksum.",
        ),
        (
            lambda parts: {"MultipartUpload": parts, "ChecksumType": "FULL_OBJECT"},
            "InvalidRequest",
            (
                "The upload was created using the COMPOSITE checksum mode. The complete request must use the "
                "same checksum mode."
            ),
        ),
        (
            lambda parts: {"MultipartUpload": parts, "MpuObjectSize": 10},
            "InvalidRequest",
            "The provided 'x-amz-mp-object-size' header value 10 does not match what was computed: 9",
        ),
        (
            lambda parts: {
                "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": parts["Parts"][0]["ETag"]}]}
            },
            "InvalidRequest",
            (
                "The upload was created using a crc32c checksum. The complete request must "
                "include the checksum for each part. It was missing for part 1 in the request."
            ),
        ),
    ],
)
def test_an_upload_completes_only_with_the_right_checksums(plain, bucket, refused, asked, code, message):
    upload, _ = begin(plain, bucket, "CRC32C")
    parts = send(plain, upload, "CRC32C", BODY)
    found = refused(plain.complete_multipart_upload, **upload, **asked(parts))
    assert found == (code, message, 400)
    right = {"MultipartUpload": parts, "ChecksumCRC32C": "pzJFoA==", "MpuObjectSize": 9}
    assert plain.complete_multipart_upload(**upload, **right)["ChecksumCRC32C"] == "pzJFoA==-1"


def test_a_copy_has_one_checksum_over_all_of_it(plain, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    upload, _ = begin(plain, bucket, "CRC32C")
    plain.complete_multipart_upload(**upload, MultipartUpload=send(plain, upload, "CRC32C", PART, BODY))
    source = {"Bucket": bucket, "Key": "k"}
    copied = plain.copy_object(Bucket=bucket, Key="copy", CopySource=source)["CopyObjectResult"]
    whole = PART + BODY
    assert (copied["ChecksumCRC32C"], copied["ChecksumType"]) == (digest("CRC32C", whole), "FULL_OBJECT")
    assert copied["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    copied = plain.copy_object(Bucket=bucket, Key="copy", CopySource=source, ChecksumAlgorithm="CRC64NVME")
    assert copied["CopyObjectResult"]["ChecksumCRC64NVME"] == digest("CRC64NVME", whole)
    assert checksum_of(plain, bucket, "copy")[1] == {"ChecksumCRC64NVME": digest("CRC64NVME", whole)}


def test_a_part_that_is_copied_gets_the_upload_s_checksum(plain, bucket):
    plain.put_object(Bucket=bucket, Key="source", Body=BODY)
    upload, _ = begin(plain, bucket, "CRC32C")
    part = plain.upload_part_copy(**upload, PartNumber=1, CopySource={"Bucket": bucket, "Key": "source"})
    assert part["CopyPartResult"]["ChecksumCRC32C"] == KNOWN["CRC32C"]
