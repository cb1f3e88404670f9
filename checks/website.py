"""Where the site bucket's website sends its visitors: by routing rules, and by redirects of single files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from checks import changes
from checks.change import Call, Change
from checks.http import head
from checks.look import Look

# The statuses after which a rule is followed: none for a rule that looks at the key alone. What is not there
# is 403, and 404 only for those who may list the bucket, which strangers must not.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
FOLLOWED = (None, "403")


def leading_away(look: Look, origin: str) -> dict[str, Mapping[str, Any]]:
    """The routing rules that lead visitors to another origin, by what they speak of."""
    own = {urlsplit(origin)[:2], urlsplit(look.site_url())[:2]}
    return {
        spoken_of(rule): rule
        for rule in look.website().get("RoutingRules", [])
        if (rule.get("Condition") or {}).get("HttpErrorCodeReturnedEquals") in FOLLOWED
        and not any(target(rule, *one) == one for one in own)
    }


def target(rule: Mapping[str, Any], scheme: str, host: str) -> tuple[str, str]:
    """Scheme and host to which a rule leads visitors of a site.

    >>> target({"Redirect": {"HostName": "elsewhere.example"}}, "http", "page.example")
    ('http', 'elsewhere.example')
    """
    redirect = rule["Redirect"]
    return redirect.get("Protocol") or scheme, redirect.get("HostName") or host


def spoken_of(rule: Mapping[str, Any]) -> str:
    """What a rule speaks of, in words.

    >>> spoken_of({"Condition": {"KeyPrefixEquals": "old/"}})
    "what begins with 'old/'"
    """
    condition = rule.get("Condition") or {}
    prefix, status = condition.get("KeyPrefixEquals"), condition.get("HttpErrorCodeReturnedEquals")
    what = f"what begins with {prefix!r}" if prefix else "everything"
    return f"{what} and is answered {status}" if status else what


def sent_away(look: Look, origin: str) -> dict[str, str]:
    """The files of the page, and one that is not there, of which a visitor is sent to another origin."""
    replies = look.served(origin) | {"what is not there": head(f"{origin}/audit-of-what-is-not-there")}
    places = {what: reply.headers.get("location", "") for what, reply in replies.items()}
    return {
        what: place
        for what, place in places.items()
        if urlsplit(urljoin(f"{origin}/", place))[:2] != urlsplit(origin)[:2]
    }


def without(look: Look, rules: Sequence[Mapping[str, Any]]) -> Change:
    """The website's configuration without some of its routing rules."""
    bucket, answer = str(look.target.site_bucket), look.website()
    kept = [rule for rule in answer["RoutingRules"] if rule not in rules]
    after = {name: value for name, value in answer.items() if name != "RoutingRules"}
    after |= {"RoutingRules": kept} if kept else {}
    asked = {"Bucket": bucket}
    return changes.setting(
        f"Send no visitor of {bucket!r} elsewhere",
        Call("s3", "get_bucket_website", asked),
        answer,
        after,
        Call("s3", "put_bucket_website", asked | {"WebsiteConfiguration": after}),
        Call("s3", "put_bucket_website", asked | {"WebsiteConfiguration": dict(answer)}),
        ["Addresses that relied on these rules are no longer found."],
    )
