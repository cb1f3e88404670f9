"""Addresses of strangers, and what the owner asks of S3: answered or refused in AWS's shapes."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.fuzz.addressing import METHODS, address, queries, segments
from tests.cloud.fuzz.asking import BUCKET, bounded, check, revive, signed, words
from tests.cloud.s3.conftest import ask


@given(METHODS, st.lists(segments, max_size=5), queries)
@bounded
def test_addresses_of_strangers(target, method, path, query):
    check(
        ask(target.endpoint_url + address(path, query), method, b"x" if method in ("PUT", "POST") else None),
        method,
    )


DOCUMENTS = b"""<
<a/>
<a><b></a>
<?xml version='1.0'?>
{}
[]
null
<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>
<Delete/>
<Delete><Object/></Delete>
<Delete><Object><Key>k</Key><VersionId>x</VersionId></Object></Delete>
<Tagging/>
<Tagging><TagSet><Tag/></TagSet></Tagging>
<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>
<CORSConfiguration/>
<CORSConfiguration><CORSRule/></CORSConfiguration>
<WebsiteConfiguration/>
<WebsiteConfiguration><IndexDocument/></WebsiteConfiguration>
<WebsiteConfiguration><RoutingRules><RoutingRule/></RoutingRules></WebsiteConfiguration>
<NotificationConfiguration><QueueConfiguration/></NotificationConfiguration>
<NotificationConfiguration><TopicConfiguration><Event>x</Event></TopicConfiguration>
<CompleteMultipartUpload/>
<CompleteMultipartUpload><Part/></CompleteMultipartUpload>
<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>
<VersioningConfiguration/>
<VersioningConfiguration><Status>On</Status></VersioningConfiguration>
<AccessControlPolicy/>
<AccessControlPolicy><AccessControlList><Grant/></AccessControlList></AccessControlPolicy>
<LifecycleConfiguration/>
<LifecycleConfiguration><Rule/></LifecycleConfiguration>
<PublicAccessBlockConfiguration/>
<OwnershipControls/>
<OwnershipControls><Rule/></OwnershipControls>
<ServerSideEncryptionConfiguration/>
<CreateBucketConfiguration/>
{"Statement": {}}
{"Statement": [1]}
{"Statement": {"Effect": []}}
{"Version": 1, "Statement": []}""".split(b"\n")
NAMES_OF_HEADERS = words("""
x-amz-acl x-amz-tagging x-amz-copy-source x-amz-copy-source-range content-md5
x-amz-checksum-crc32 x-amz-checksum-sha256 x-amz-sdk-checksum-algorithm x-amz-storage-class x-amz-meta-a
x-amz-server-side-encryption x-amz-website-redirect-location x-amz-metadata-directive x-amz-object-lock-mode
x-amz-object-lock-retain-until-date range if-match if-none-match if-modified-since if-unmodified-since expires
x-amz-grant-read x-amz-object-ownership x-amz-bypass-governance-retention x-amz-trailer x-amz-mp-object-size
x-amz-decoded-content-length x-amz-object-attributes x-amz-max-parts x-amz-mfa x-amzn-trace-id origin
access-control-request-method access-control-request-headers""")
VALUES_OF_HEADERS = words("""
x 0 -1 fuzzed/k /fuzzed/none none/none fuzzed bytes=0-0 bytes=9- private public-read a=b&a=b
&&& uri=x id=1 * REPLACE CRC32 SHA256 AAAAAA== AES256 aws:kms STANDARD GLACIER 2026-13-45 ETag %00""")
header_values = st.one_of(
    st.sampled_from([*VALUES_OF_HEADERS, "", "\xff"]), st.text("abc /?&=%\x7f\xe9", max_size=10)
)
s3_bodies = st.one_of(st.sampled_from([*DOCUMENTS, b"\xff\xfe\x00"]), st.binary(max_size=40))
s3_headers = st.dictionaries(st.sampled_from(NAMES_OF_HEADERS), header_values, max_size=4)
s3_paths = st.lists(st.sampled_from([BUCKET, "k", "none", "é", "..", "A_B"]), max_size=3)


@given(METHODS, s3_paths, queries, s3_bodies, s3_headers)
@bounded
def test_what_the_owner_asks_of_s3(target, method, path, query, body, headers):
    query = [pair for pair in query if not pair[0].startswith(("X-Amz", "Sig", "AWSA"))]
    sent = body if method in ("PUT", "POST") else b""
    with contextlib.suppress(ValueError):  # what the client would not send
        answer = signed(target, "s3", method, address(path, query), sent, **headers)
        check(answer, method)
    if method in ("DELETE", "PUT", "POST") and path[:1] == [BUCKET]:
        revive(target)
