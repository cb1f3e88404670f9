"""The table: single defects with the rules that must say so, and harmless variants about which none may."""

from tests.checks.defects import DEFECTS, HARMLESS
from tests.checks.mutations import (
    api,
    cors,
    destinations,
    harmless,
    lifecycle,
    safety,
    security,
    state,
    visibility,
)

# Planted beside another scanner.
NAMES = """
switch off BlockPublicPolicy
public access block deleted
uploads let in everybody reads
uploads let in another account
acls in force object writer
long life of tickets
list function also may all of s3
list function also may passes roles
role lent to another account
any api may invoke
open function url
site lets everybody write
published secret access key
secret in environment password
api allows everything
bucket allows everything
bucket rule any header
prefix none
triggered function writes uploads
loops allowed
no failure destination
more routes default
permission lost list
log group deleted api
no log permission
""".strip().splitlines()
PLANTED = [next(one for one in DEFECTS if one.name == name) for name in NAMES]
__all__ = [
    "DEFECTS",
    "HARMLESS",
    "PLANTED",
    "api",
    "cors",
    "destinations",
    "harmless",
    "lifecycle",
    "safety",
    "security",
    "state",
    "visibility",
]
