"""Versions are listed by key, newest first, page by page, even while pages are being deleted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.moto_side import Version
from cloud.s3.pages import page_of


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def test_versions_and_markers_are_told_apart_and_the_newest_is_named(s3, versioned):
    made = [s3.put_object(Bucket=versioned, Key="a b", Body=b"x" * size)["VersionId"] for size in (1, 2)]
    marker = s3.delete_object(Bucket=versioned, Key="a b")["VersionId"]
    found = s3.list_object_versions(Bucket=versioned)
    shown = [(one["Key"], one["VersionId"], one["IsLatest"], one["Size"]) for one in found["Versions"]]
    assert shown == [("a b", made[1], False, 2), ("a b", made[0], False, 1)]
    assert [(one["VersionId"], one["IsLatest"]) for one in found["DeleteMarkers"]] == [(marker, True)]
    assert found["IsTruncated"] is False


def test_a_bucket_is_emptied_page_by_page(s3, versioned):
    for number in range(7):
        s3.put_object(Bucket=versioned, Key=f"k{number % 2}", Body=b"")
    for page in s3.get_paginator("list_object_versions").paginate(
        Bucket=versioned, PaginationConfig={"PageSize": 2}
    ):
        listed = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in page["Versions"]]
        s3.delete_objects(Bucket=versioned, Delete={"Objects": listed})
    assert "Versions" not in s3.list_object_versions(Bucket=versioned)
    s3.delete_bucket(Bucket=versioned)


def test_folders_are_common_prefixes(s3, bucket):
    for key in ("a/1", "a/2", "b", "c/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    found = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert [one["Prefix"] for one in found["CommonPrefixes"]] == ["a/", "c/"]
    assert [(one["Key"], one["VersionId"]) for one in found["Versions"]] == [("b", "null")]
    inside = s3.list_object_versions(Bucket=bucket, Prefix="a/", Delimiter="/")
    assert [one["Key"] for one in inside["Versions"]] == ["a/1", "a/2"]


def test_a_marker_of_a_version_needs_its_key(s3, bucket, refused):
    assert refused(s3.list_object_versions, Bucket=bucket, VersionIdMarker="x")[0] == "InvalidArgument"


keys = st.text("ab/", min_size=1, max_size=4)


objects_with_versions = st.lists(
    st.tuples(keys, st.integers(1, 3)), unique_by=lambda pair: pair[0], max_size=8
)


@given(objects_with_versions, st.integers(1, 4), st.sampled_from(["", "/"]), st.sampled_from(["", "a"]))
@settings(max_examples=200, deadline=None)
def test_pages_together_are_the_whole_list(objects, size, delimiter, prefix):
    versions = [Version(key, f"{key}-{number}", number == 0, False, None)
                for key, count in sorted(objects) for number in range(count)]  # fmt: skip
    whole = page_of(versions, prefix, delimiter, ("", ""), 1000)
    found, folders, after = [], [], ("", "")
    for _ in range(100):
        page = page_of(versions, prefix, delimiter, after, size)
        found += page.entries
        folders += page.prefixes
        if page.last is None:
            break
        after = page.last
    assert (found, folders) == (whole.entries, whole.prefixes)
