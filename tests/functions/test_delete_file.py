"""DELETE /files/{key+}: object and record are gone, however often one asks."""

import pytest


@pytest.mark.parametrize("name", ["a.txt", "Grüße + mehr.txt", "50% off?.txt"])
def test_a_file_is_gone_from_the_bucket_and_from_the_list(dashboard, name):
    key = dashboard.upload(name)
    answer = dashboard.call("DELETE", dashboard.path(key))
    assert (answer.status, answer.body) == (204, b"")
    assert list(dashboard.bucket.objects.all()) == []
    assert dashboard.record(key) is None
    assert dashboard.call("GET", dashboard.path(key)).status == 404


def test_asking_again_is_no_error(dashboard):
    key = dashboard.upload()
    statuses = [dashboard.call("DELETE", dashboard.path(key)).status for _ in range(3)]
    assert statuses == [204, 204, 204]


def test_what_never_was_can_be_deleted_too(dashboard):
    assert dashboard.call("DELETE", "/files/incoming/1/nothing.txt").status == 204


def test_a_record_without_an_object_can_be_cleared_away(dashboard):
    dashboard.table.put_item(Item={"bucket": dashboard.bucket.name, "object_key": "incoming/1/orphan.txt"})
    assert dashboard.call("DELETE", "/files/incoming/1/orphan.txt").status == 204
    assert dashboard.record("incoming/1/orphan.txt") is None


def test_nothing_outside_the_prefix_can_be_deleted(dashboard):
    dashboard.bucket.put_object(Key="private/a.txt", Body=b"keep me")
    answer = dashboard.call("DELETE", "/files/private/a.txt")
    assert answer.status == 404
    assert "incoming/" in answer.error["message"]
    assert dashboard.bucket.Object("private/a.txt").get()["Body"].read() == b"keep me"


def test_one_of_many_is_deleted_and_the_others_stay(dashboard):
    first, second = dashboard.upload("one.txt"), dashboard.upload("two.txt")
    dashboard.call("DELETE", dashboard.path(first))
    assert [file["object_key"] for file in dashboard.call("GET", "/files").json["files"]] == [second]
