"""GetObjectAttributes: what S3 knows of an object, and of the parts it was put together from.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud import moto_side
from cloud.aws_errors import AwsError
from cloud.s3.arguments import invalid_argument, whole_number
from cloud.s3.objects import missing, noted
from cloud.wire import Request, Response

if TYPE_CHECKING:
    from cloud.account import Account
    from cloud.calls import Call

ATTRIBUTES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
LARGEST_PAGE = 1000


def get_object_attributes(account: Account, call: Call) -> Response:
    """Answer with the attributes that a request names, and with no other."""
    request, bucket, key = call.request, call.path_parameters["Bucket"], call.path_parameters["Key"]
    version = request.parameters.get("versionId")
    asked = [name.strip() for name in request.header("x-amz-object-attributes").split(",") if name.strip()]
    if not asked:
        start = "The x-amz-object-attributes header specifying the attributes to be retrieved"
        raise AwsError("InvalidRequest", f"{start} is either missing or empty", 400)
    if unknown := [name for name in asked if name not in ATTRIBUTES]:
        raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", unknown[0])
    stored = moto_side.object_of(bucket, key, version)
    if stored is None:
        raise missing(account, call, bucket, key, version)
    checksum = noted(stored)
    known: dict[str, Any] = {
        "ETag": stored.etag.strip('"'),
        "Checksum": checksum.members() if checksum else None,
        "ObjectParts": _parts(stored, request),
        "StorageClass": stored.storage_class,
        "ObjectSize": stored.size,
    }
    told = {name: known[name] for name in asked if known[name] is not None}
    response = call.answer(told | {"LastModified": moto_side.modified(stored)})
    if moto_side.versioning(bucket):
        response.set("x-amz-version-id", str(stored.version_id))
    return response


def _parts(stored: Any, request: Request) -> dict[str, Any] | None:
    """A page of an object's parts; of one that was sent without checksums of its own only their number."""
    parts = moto_side.parts_of(stored)
    if not parts:
        return None
    found: dict[str, Any] = {"TotalPartsCount": len(parts)}
    if not moto_side.checksum_kind(stored.multipart)[0]:
        return found
    most = _number(request, "x-amz-max-parts", LARGEST_PAGE)
    marker = _number(request, "x-amz-part-number-marker", 0)
    numbers = [number for number in parts if number > marker]
    page = numbers[: min(most, LARGEST_PAGE)]
    return found | {
        "PartNumberMarker": marker,
        "NextPartNumberMarker": page[-1] if page else 0,
        "MaxParts": most,
        "IsTruncated": len(page) < len(numbers),
        "Parts": [_part(number, parts[number]) for number in page],
    }


def _part(number: int, part: Any) -> dict[str, Any]:
    checksum = noted(part)
    told = {f"Checksum{checksum.algorithm}": checksum.value} if checksum else {}
    return {"PartNumber": number, "Size": part.contentsize, **told}


def _number(request: Request, name: str, otherwise: int) -> int:
    return whole_number({name: request.header(name)}, name, otherwise)


HANDLERS = {"GetObjectAttributes": get_object_attributes}
