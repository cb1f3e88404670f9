"""Lifecycle rules that spoil the dashboard, and others that do not."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.checks.defects import each, each_harmless, harmless, notifications, trigger


def lifecycle(stack, bucket, *rules):
    """A bucket with lifecycle rules."""
    s3 = stack.client("s3")
    given = [{"ID": f"rule-{at}", "Status": "Enabled", **rule} for at, rule in enumerate(rules)]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": given})
    return lambda: s3.delete_bucket_lifecycle(Bucket=bucket)


TOMORROW, EVERYTHING = {"Days": 1}, {"Prefix": ""}
LATER = {"Days": 3650}
UPLOADS = {"Prefix": "incoming/"}
ARCHIVED = [{"Days": 30, "StorageClass": "GLACIER"}]
ABORTED = {"Filter": EVERYTHING, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


@each(
    "STATE-3",
    tomorrow=[{"Filter": UPLOADS, "Expiration": TOMORROW}],
    in_ten_years=[{"Filter": UPLOADS, "Expiration": LATER}],
    of_the_whole_bucket=[{"Filter": EVERYTHING, "Expiration": TOMORROW}],
    written_as_of_old=[{"Prefix": "incoming/", "Expiration": TOMORROW}],
    of_names_that_begin_so=[{"Filter": {"Prefix": "inc"}, "Expiration": TOMORROW}],
    of_a_part=[{"Filter": {"Prefix": "incoming/a"}, "Expiration": TOMORROW}],
    on_a_day=[{"Filter": UPLOADS, "Expiration": {"Date": datetime(2020, 1, 1, tzinfo=UTC)}}],
    of_large_ones=[{"Filter": {"ObjectSizeGreaterThan": 1_000_000}, "Expiration": TOMORROW}],
    beside_a_harmless_rule=[ABORTED, {"Filter": UPLOADS, "Expiration": TOMORROW}],
    into_an_archive=[{"Filter": UPLOADS, "Transitions": ARCHIVED}],
    into_the_deepest_archive=[
        {"Filter": EVERYTHING, "Transitions": [{"Days": 0, "StorageClass": "DEEP_ARCHIVE"}]}
    ],
)
def uploads_go(stack, rules):
    return lifecycle(stack, stack.upload_bucket, *rules)


@each_harmless(
    elsewhere=[{"Filter": {"Prefix": "outgoing/"}, "Expiration": TOMORROW}],
    switched_off=[{"Filter": UPLOADS, "Expiration": TOMORROW, "Status": "Disabled"}],
    of_unfinished_uploads=[ABORTED],
    of_older_versions=[{"Filter": UPLOADS, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}],
    of_markers=[{"Filter": EVERYTHING, "Expiration": {"ExpiredObjectDeleteMarker": True}}],
    of_what_is_tagged=[{"Filter": {"Tag": {"Key": "keep", "Value": "no"}}, "Expiration": TOMORROW}],
    into_a_class_that_opens_at_once=[
        {"Filter": UPLOADS, "Transitions": [{"Days": 0, "StorageClass": "GLACIER_IR"}]}
    ],
    of_older_versions_into_an_archive=[
        {
            "Filter": UPLOADS,
            "NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "GLACIER"}],
        }
    ],
)
def lifecycle_rule_for_uploads(stack, rules):
    return lifecycle(stack, stack.upload_bucket, *rules)


@harmless
def uploads_that_expire_and_are_told_of(stack):
    """S3 tells of what a rule removes by events of its own; the index function takes the record away."""
    events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]
    told = notifications(stack, trigger(Events=events))
    undo = lifecycle(stack, stack.upload_bucket, {"Filter": UPLOADS, "Expiration": TOMORROW})
    return lambda: (undo(), told())


@each(
    "STATE-4",
    some_day={"Filter": EVERYTHING, "Expiration": LATER},
    in_part={"Filter": {"Prefix": "app"}, "Expiration": TOMORROW},
)
def page_goes(stack, rule):
    return lifecycle(stack, stack.site_bucket, rule)


@each_harmless(
    for_old_files={"Filter": {"Prefix": "old/"}, "Expiration": TOMORROW},
    for_files_of_128_kb={"Filter": EVERYTHING, "Transitions": ARCHIVED},  # the page's are smaller
    for_unfinished_uploads=ABORTED,
)
def lifecycle_rule_of_the_site(stack, rule):
    return lifecycle(stack, stack.site_bucket, rule)
