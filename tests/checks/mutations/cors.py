"""Single defects of the CORS row, each with the rules that must say so."""

from __future__ import annotations

from tests.checks.defects import ELSEWHERE, api_cors, api_of, bucket_cors, defect, each, origin_of, website


@each(
    "CORS-1",
    "CORS-3",
    everything=lambda _: ["*"],
    all_https=lambda _: ["https://*"],
    all_http=lambda _: ["http://*"],
    two=lambda origin: [origin, ELSEWHERE],
    foreign=lambda _: [ELSEWHERE],
    other_scheme=lambda origin: [origin.replace("http:", "https:")],
    other_port=lambda origin: [origin.rpartition(":")[0] + ":1"],
    none=lambda _: [],
    null=lambda _: ["null"],
    in_upper_case=lambda origin: [origin.upper()],
    local=lambda origin: [origin, "http://localhost:3000"],
)
def api_allows(stack, origins):
    return api_cors(stack, AllowOrigins=origins(origin_of(stack)))


@defect("CORS-1")
def api_allows_credentials(stack):
    return api_cors(stack, AllowCredentials=True)


@defect("CORS-1", "CORS-3", "CORS-4")
def api_cors_deleted(stack):
    undo = api_cors(stack)
    client, api = api_of(stack)
    client.delete_cors_configuration(ApiId=api)
    return undo


def origins_of_rules(rules, origins):
    return [{**rule, "AllowedOrigins": origins} for rule in rules]


@each(
    "CORS-2",
    "CORS-3",
    everything=lambda _: ["*"],
    all_http=lambda _: ["http://*"],
    two=lambda origin: [origin, ELSEWHERE],
    slash=lambda origin: [origin + "/"],
    look_alike=lambda origin: [origin + ".evil.example"],
)
def bucket_allows(stack, origins):
    found = origins(origin_of(stack))
    return bucket_cors(stack, lambda rules: origins_of_rules(rules, found))


@defect("CORS-2", "CORS-3")
def second_rule_for_a_stranger(stack):
    return bucket_cors(stack, lambda rules: [*rules, *origins_of_rules(rules, [ELSEWHERE])])


@defect("CORS-2", "CORS-3", "CORS-4")
def bucket_cors_deleted(stack):
    return bucket_cors(stack, lambda _: [])


@defect("CORS-2", "CORS-3")
def first_rule_for_a_stranger(stack):
    return bucket_cors(stack, lambda rules: [*origins_of_rules(rules, [ELSEWHERE]), *rules])


@defect("CORS-4")
def bucket_rule_for_reading_too(stack):
    return bucket_cors(stack, lambda rules: [*rules, {**rules[0], "AllowedMethods": ["GET"]}])


@each(
    "CORS-4",
    method={"AllowedMethods": ["PUT", "DELETE"]},
    other_method={"AllowedMethods": ["POST"]},
    any_header={"AllowedHeaders": ["*"]},
    no_header={"AllowedHeaders": []},
    more_headers={"AllowedHeaders": ["content-type", "x-amz-acl"]},
)
def bucket_rule(stack, changes):
    return bucket_cors(stack, lambda rules: [{**rules[0], **changes}])


@each(
    "CORS-4",
    any_method={"AllowMethods": ["*"]},
    put={"AllowMethods": ["DELETE", "GET", "POST", "PUT"]},
    no_delete={"AllowMethods": ["GET", "POST"]},
    any_header={"AllowHeaders": ["*"]},
    no_header={"AllowHeaders": []},
    authorization={"AllowHeaders": ["content-type", "authorization"]},
)
def api_rule(stack, changes):
    return api_cors(stack, **changes)


@defect("CORS-3")
def website_deleted(stack):
    return website(stack, lambda _: None)


@defect("CORS-3")
def all_visitors_sent_elsewhere(stack):
    return website(stack, lambda _: {"RedirectAllRequestsTo": {"HostName": "evil.example"}})


@defect("CORS-3")
def visitors_sent_elsewhere_by_a_rule(stack):
    rule = {"Redirect": {"HostName": "evil.example", "Protocol": "https"}}
    return website(stack, lambda found: found | {"RoutingRules": [rule]})


@each(
    "CORS-3",
    one_file={"KeyPrefixEquals": "app.js"},
    configuration={"KeyPrefixEquals": "config"},
    what_is_not_there={"HttpErrorCodeReturnedEquals": "403"},  # strangers may not list, so it is no 404
    what_was_once_there={"KeyPrefixEquals": "old/"},  # where no file of the page lies
    what_was_once_there_and_is_refused={"KeyPrefixEquals": "old/", "HttpErrorCodeReturnedEquals": "403"},
)
def visitors_of_some_files_sent_elsewhere(stack, condition):
    rule = {"Condition": condition, "Redirect": {"HostName": "evil.example"}}
    return website(stack, lambda found: found | {"RoutingRules": [rule]})


@defect("CORS-3")
def visitors_of_an_old_address_sent_where_no_website_listens(stack):
    """A website's address has no HTTPS."""
    old = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"Protocol": "https"}}
    return website(stack, lambda found: found | {"RoutingRules": [old]})


@defect("CORS-3")
def one_rule_of_two_sends_visitors_elsewhere(stack):
    moved = {"Condition": {"KeyPrefixEquals": "new/"}, "Redirect": {"ReplaceKeyPrefixWith": ""}}
    away = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"HostName": "evil.example"}}
    return website(stack, lambda found: found | {"RoutingRules": [moved, away]})


@defect("CORS-3")
def file_that_sends_visitors_elsewhere(stack):
    s3, where = stack.client("s3"), {"Bucket": stack.site_bucket, "Key": "app.js"}
    found = s3.get_object(**where)
    again = where | {"Body": found["Body"].read(), "ContentType": found["ContentType"]}
    s3.put_object(**again, WebsiteRedirectLocation="https://evil.example/app.js")
    return lambda: s3.put_object(**again, CacheControl="no-cache")


@defect("CORS-3")
def first_page_that_is_not_there(stack):
    return website(stack, lambda _: {"IndexDocument": {"Suffix": "start.html"}})


@defect("CORS-3")
def first_page_deleted(stack):
    s3, where = stack.client("s3"), {"Bucket": stack.site_bucket, "Key": "index.html"}
    found = s3.get_object(**where)
    again = where | {"Body": found["Body"].read(), "ContentType": found["ContentType"]}
    s3.delete_object(**where)
    return lambda: s3.put_object(**again, CacheControl="no-cache")
