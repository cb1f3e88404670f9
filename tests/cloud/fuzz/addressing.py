"""Addresses such as strangers type and programs get wrong."""

from urllib.parse import quote

from hypothesis import strategies as st

from tests.cloud.fuzz.asking import BUCKET, words

SEGMENTS = words(f"""
{BUCKET} k . .. _cloud health 2015-03-31 functions invocations v2 apis v20180820 configuration
%00 %ff % %zz %2F é 😀""")
NAMES_OF_QUERY = words("""
acl policy uploads uploadId partNumber versionId list-type max-keys prefix delimiter marker
continuation-token start-after encoding-type tagging cors website notification delete restore select torrent
location versions attributes legal-hold retention lifecycle key-marker version-id-marker upload-id-marker
max-uploads
max-parts response-content-type Action Version X-Amz-Signature X-Amz-Credential X-Amz-Expires X-Amz-Date
X-Amz-Algorithm X-Amz-SignedHeaders Signature Expires AWSAccessKeyId""")
VALUES_OF_QUERY = words("""
0 -1 1 2 99999999999999999999 x %00 %ff url null 2010-05-08
a/20200101/us-east-1/s3/aws4_request""")
segments = st.one_of(st.sampled_from([*SEGMENTS, "", "a" * 1100]), st.text(max_size=12))
query_values = st.one_of(st.none(), st.sampled_from([*VALUES_OF_QUERY, ""]), st.text(max_size=8))
queries = st.lists(st.tuples(st.sampled_from([*NAMES_OF_QUERY, ""]), query_values), max_size=5)


def address(path, query):
    encoded = "/".join(part if part in SEGMENTS and part.isascii() else quote(part, safe="") for part in path)
    pairs = []
    for name, value in query:
        pairs.append(
            name if value is None else f"{name}={value if value in VALUES_OF_QUERY else quote(value)}"
        )
    return f"/{encoded}" + (f"?{'&'.join(pairs)}" if query else "")


METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"])
