"""Variants of the page that harm nobody: its files, its bucket's policy, its website."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from tests.checks.defects import (
    allow,
    api_of,
    bucket_policy,
    each_harmless,
    harmless,
    origin_of,
    published,
    site_policy,
    website,
)


@harmless
def website_with_an_old_address(stack):
    old = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": ""}}
    return website(stack, lambda found: found | {"RoutingRules": [old]})


@harmless
def website_with_an_old_address_on_its_own_host(stack):
    here = {"HostName": urlsplit(origin_of(stack)).netloc, "ReplaceKeyWith": "index.html"}
    old = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": here}
    return website(stack, lambda found: found | {"RoutingRules": [old]})


@harmless
def website_with_a_rule_for_an_answer_that_strangers_never_get(stack):
    """Who may not list a bucket is answered 403 where nothing is, never 404."""
    rule = {
        "Condition": {"HttpErrorCodeReturnedEquals": "404"},
        "Redirect": {"HostName": "elsewhere.example"},
    }
    return website(stack, lambda found: found | {"RoutingRules": [rule]})


@harmless
def page_with_harmless_words(stack):
    text = 'const label = "Your password is never sent.";\nfunction token(secret) { return secret.length; }\n'
    return published(stack, "words.js", text + f"// sha384-{'oqVuAfXRKap7fdgcCY5uykM6' * 2}\n")


@harmless
def configuration_written_differently(stack):
    client, api = api_of(stack)
    endpoint = client.get_api(ApiId=api)["ApiEndpoint"]
    return published(stack, "config.json", json.dumps({"title": "Files", "apiUrl": f"{endpoint}/"}, indent=2))


@harmless
def site_denies_what_is_not_published(stack):
    where = f"arn:aws:s3:::{stack.site_bucket}/private/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": where}
    return site_policy(stack, deny)


@harmless
def site_policy_written_differently(stack):
    given = allow(["s3:getobject"], [f"arn:aws:s3:::{stack.site_bucket}/*"])
    return bucket_policy(stack, stack.site_bucket, {"Principal": {"AWS": "*"}, **given})


@harmless
def website_with_a_page_for_errors(stack):
    return website(stack, lambda found: found | {"ErrorDocument": {"Key": "index.html"}})


@harmless
def website_that_leads_back_to_its_first_page(stack):
    wrong = {"HttpErrorCodeReturnedEquals": "403"}
    rule = {"Condition": wrong, "Redirect": {"ReplaceKeyWith": "index.html"}}
    return website(stack, lambda found: found | {"RoutingRules": [rule]})


@each_harmless(folder="images/", odd="a b/ü&?#%41.txt")
def more_files(stack, key):
    return published(stack, key, "")
