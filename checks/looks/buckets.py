"""The two buckets, as S3 describes them."""

from __future__ import annotations

from checks.asking import Answer
from checks.looks.part import Part


class Buckets(Part):
    """The upload bucket and the site bucket: their settings, and the page's files."""

    def public_access_block(self) -> Answer:
        absent = ("NoSuchPublicAccessBlockConfiguration",)
        return self._there(
            f"There is no bucket {self.target.upload_bucket!r}.",
            "storage",
            "s3",
            "get_public_access_block",
            absent=absent,
            Bucket=self.target.upload_bucket,
        )

    def account_block(self) -> Answer:
        absent = ("NoSuchPublicAccessBlockConfiguration",)
        return self.ask(
            "s3control", "get_public_access_block", absent=absent, AccountId=self.target.account_id
        )

    def bucket_policy(self, bucket: str) -> Answer:
        return self._of_bucket(bucket, "get_bucket_policy", "NoSuchBucketPolicy")

    def acl(self, bucket: str) -> Answer:
        return self._of_bucket(bucket, "get_bucket_acl")

    def ownership(self) -> Answer:
        return self._of_bucket(
            str(self.target.upload_bucket), "get_bucket_ownership_controls", "OwnershipControlsNotFoundError"
        )

    def bucket_cors(self) -> Answer:
        return self._of_bucket(str(self.target.upload_bucket), "get_bucket_cors", "NoSuchCORSConfiguration")

    def notifications(self) -> Answer:
        return self._of_bucket(str(self.target.upload_bucket), "get_bucket_notification_configuration")

    def lifecycle(self, bucket: str) -> Answer:
        """The rules by which S3 itself removes objects, or moves them."""
        return self._of_bucket(bucket, "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")

    def website(self) -> Answer:
        """How the site bucket is served: first page, page for errors, routing rules."""
        return self._of_bucket(
            str(self.target.site_bucket), "get_bucket_website", "NoSuchWebsiteConfiguration"
        )

    def site_objects(self) -> Answer:
        """The page's files: key, size and ETag of each."""
        found = self._of_bucket(str(self.target.site_bucket), "list_objects_v2")
        contents = list(found.get("Contents", []))
        while found.get("IsTruncated"):
            found = self.ask(
                "s3",
                "list_objects_v2",
                Bucket=self.target.site_bucket,
                ContinuationToken=found["NextContinuationToken"],
            )
            contents += found.get("Contents", [])
        return Answer(found.call, {"Contents": contents})

    def _of_bucket(self, bucket: str, operation: str, *absent: str) -> Answer:
        layer = "frontend" if bucket == self.target.site_bucket else "storage"
        return self._there(
            f"There is no bucket {bucket!r}.", layer, "s3", operation, absent=absent, Bucket=bucket
        )
