"""Websites: pages for browsers, under addresses of their own, and errors in HTML."""

import json

import pytest

from tests.cloud.s3.conftest import ask

INDEX = {"IndexDocument": {"Suffix": "index.html"}}
ERROR = {"ErrorDocument": {"Key": "error.html"}}
PAGES = {
    "index.html": "home",
    "about.html": "about",
    "docs/index.html": "docs",
    "docs/a b.html": "a b",
}


@pytest.fixture
def site(s3, public, aws):
    """Make a website of a configuration, and return its address."""
    for key, text in PAGES.items():
        s3.put_object(Bucket=public, Key=key, Body=text, ContentType="text/html")

    def make(configuration=None, **pages):
        s3.put_bucket_website(Bucket=public, WebsiteConfiguration=configuration or INDEX)
        for key, text in pages.items():
            s3.put_object(Bucket=public, Key=f"{key}.html", Body=text, ContentType="text/html; charset=utf-8")
        return aws.website_url(public)

    return make


def listed(answer):
    """The list of an error page: names and values."""
    items = [line for line in answer.body.decode().splitlines() if line.startswith("<li>")]
    return dict(item.removeprefix("<li>").removesuffix("</li>").split(": ", 1) for item in items)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "home"),
        ("/about.html", "about"),
        ("/docs/", "docs"),
        ("/docs/a%20b.html", "a b"),
        ("/?x=1", "home"),
        ("/about.html?response-content-type=text/plain", "about"),
    ],
)
def test_pages_are_served(site, path, text):
    answer = ask(site() + path)
    assert (answer.status, answer.body.decode(), answer.headers["content-type"]) == (200, text, "text/html")
    assert answer.headers["x-amz-request-id"]


def test_head_tells_of_a_page_without_it(site):
    answer = ask(site() + "/", "HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "4")


def test_a_folder_without_its_slash_leads_to_it(site):
    answer = ask(site() + "/docs")
    assert (answer.status, answer.headers["location"]) == (302, "/docs/")
    assert (listed(answer)["Code"], listed(answer)["Message"]) == ("Found", "Resource Found")
    assert answer.headers["x-amz-error-code"] == "Found"


def test_a_page_that_has_not_changed_is_not_sent_again(site):
    first = ask(site() + "/")
    again = ask(site() + "/", If_None_Match=first.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    since = ask(site() + "/", If_Modified_Since=first.headers["last-modified"])
    assert since.status == 304
    assert ask(site() + "/", If_Match='"0"').status == 412
    part = ask(site() + "/", Range="bytes=1-2")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"om", "bytes 1-2/4")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_a_website_only_reads(site, method):
    answer = ask(site(INDEX | ERROR, error="oops") + "/about.html", method, b"")
    assert (answer.status, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert listed(answer)["Code"] == "MethodNotAllowed"


def test_a_missing_page_is_404_in_html_with_its_key_escaped(site):
    answer = ask(site() + "/%3Cscript%3E")
    assert answer.status == 404
    assert b"<h1>404 Not Found</h1>" in answer.body
    assert listed(answer)["Key"] == "&lt;script&gt;"
    assert listed(answer)["RequestId"] == answer.headers["x-amz-request-id"]
    assert listed(ask(site() + "/none/"))["Key"] == "none/index.html"


def test_the_error_document_has_the_status_of_the_error(site):
    answer = ask(site(INDEX | ERROR, error="oops") + "/none", If_None_Match="*", Range="bytes=0-1")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (
        404,
        b"oops",
        "text/html; charset=utf-8",
    )
    told = {name: value for name, value in answer.headers.items() if name.startswith("x-amz-error-")}
    assert told == {
        "x-amz-error-code": "NoSuchKey",
        "x-amz-error-message": "The specified key does not exist.",
        "x-amz-error-detail-key": "none",
    }


def test_head_tells_of_an_error_in_headers_and_get_in_a_page(site):
    url = site() + "/none"
    assert ask(url, "HEAD").headers["x-amz-error-code"] == "NoSuchKey"
    assert "x-amz-error-code" not in ask(url).headers


def test_a_missing_error_document_is_told_of_as_well(site):
    answer = ask(site(INDEX | ERROR) + "/none")
    assert answer.status == 404
    assert b"An Error Occurred While Attempting to Retrieve a Custom Error Document" in answer.body
    assert b"<li>Key: error.html</li>" in answer.body


def test_a_closed_bucket_is_forbidden_and_so_is_guessing_what_is_in_it(site, s3, public):
    url = site(INDEX | ERROR, error="oops")
    s3.delete_bucket_policy(Bucket=public)
    answer = ask(url + "/")
    assert answer.status == 403
    assert listed(answer)["Code"] == "AccessDenied"
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{public}/*",
    }
    s3.put_bucket_policy(Bucket=public, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    assert ask(url + "/").body == b"home"
    hidden = ask(url + "/none")
    assert (hidden.status, hidden.body) == (403, b"oops")


def test_a_policy_that_wants_https_closes_the_website_which_has_none(site, s3, public):
    url = site()
    everything = [f"arn:aws:s3:::{public}", f"arn:aws:s3:::{public}/*"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything}
    deny["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": everything[1]}
    s3.put_bucket_policy(
        Bucket=public, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
    )
    assert ask(url + "/").status == 403
    assert (
        ask(f"{s3.meta.endpoint_url}/{public}/index.html").status == 200
    )  # this endpoint stands for an HTTPS one


def test_without_a_configuration_or_a_bucket_there_is_no_website(s3, bucket, aws):
    none = ask(aws.website_url(bucket))
    assert (none.status, listed(none)["Code"], listed(none)["BucketName"]) == (
        404, "NoSuchWebsiteConfiguration", bucket)  # fmt: skip
    missing = ask(aws.website_url(f"{bucket}-none"))
    assert (missing.status, listed(missing)["Code"]) == (404, "NoSuchBucket")


def test_the_host_name_leads_there_too(site, public, aws):
    site()
    port = aws.endpoint_url.rpartition(":")[2]
    for host in (f"{public}.s3-website-us-east-1.localhost", f"{public}.s3-website.us-east-1.localhost"):
        assert ask(aws.endpoint_url, Host=f"{host}:{port}").body == b"home"


def test_an_object_may_lead_elsewhere(site, s3, public):
    url = site()
    s3.put_object(Bucket=public, Key="old", WebsiteRedirectLocation="/about.html")
    answer = ask(url + "/old")
    assert (answer.status, answer.headers["location"], answer.body) == (301, "/about.html", b"")


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ({"HostName": "new.example"}, "http://new.example/a%20b?x=1"),
        ({"HostName": "new.example", "Protocol": "https"}, "https://new.example/a%20b?x=1"),
    ],
)
def test_a_whole_website_may_have_moved(site, target, location):
    answer = ask(site({"RedirectAllRequestsTo": target}) + "/a%20b?x=1")
    assert (answer.status, answer.headers["location"]) == (301, location)


def rule(redirect, **condition):
    return {"Redirect": redirect, **({"Condition": condition} if condition else {})}


@pytest.mark.parametrize(
    ("rules", "path", "status", "location"),
    [
        (
            [rule({"ReplaceKeyPrefixWith": "docs/"}, KeyPrefixEquals="old/")],
            "/old/a%20b.html",
            301,
            "docs/a%20b.html",
        ),
        ([rule({"ReplaceKeyPrefixWith": ""}, KeyPrefixEquals="old/")], "/old/a", 301, "a"),
        ([rule({"ReplaceKeyWith": "about.html"}, KeyPrefixEquals="old/")], "/old/a", 301, "about.html"),
        ([rule({"ReplaceKeyPrefixWith": "#!/"}, HttpErrorCodeReturnedEquals="404")], "/none", 301, "#!/none"),
        (
            [
                rule(
                    {"ReplaceKeyWith": "a.html", "HttpRedirectCode": "307"},
                    HttpErrorCodeReturnedEquals="404",
                    KeyPrefixEquals="x/",
                )
            ],
            "/x/none",
            307,
            "a.html",
        ),
        ([rule({"HttpRedirectCode": "308", "ReplaceKeyWith": "n"}, KeyPrefixEquals="o")], "/o", 308, "n"),
        (
            [
                rule({"ReplaceKeyWith": "first"}, KeyPrefixEquals="a"),
                rule({"ReplaceKeyWith": "second"}, KeyPrefixEquals="ab"),
            ],
            "/abc",
            301,
            "first",
        ),
    ],
)
def test_rules_lead_elsewhere(site, rules, path, status, location):
    url = site(INDEX | {"RoutingRules": rules})
    answer = ask(url + path)
    assert (answer.status, answer.headers["location"]) == (status, f"{url}/{location}")


def test_rules_for_an_error_leave_pages_that_exist_alone(site):
    url = site(INDEX | {"RoutingRules": [rule({"ReplaceKeyWith": "x"}, HttpErrorCodeReturnedEquals="404")]})
    assert ask(url + "/about.html").body == b"about"
    other = site(INDEX | {"RoutingRules": [rule({"ReplaceKeyWith": "x"}, HttpErrorCodeReturnedEquals="403")]})
    assert ask(other + "/none").status == 404


def test_a_rule_may_name_another_host_and_protocol(site):
    there = {"HostName": "new.example", "Protocol": "https", "ReplaceKeyPrefixWith": "n/"}
    url = site(INDEX | {"RoutingRules": [rule(there, KeyPrefixEquals="o/")]})
    assert ask(url + "/o/1?q=2").headers["location"] == "https://new.example/n/1?q=2"
    url = site(INDEX | {"RoutingRules": [rule({"ReplaceKeyWith": "n"}, KeyPrefixEquals="o/")]})
    assert ask(url + "/o/1?q=2").headers["location"] == f"{url}/n"


def test_an_object_leads_to_an_address_or_nowhere(s3, bucket, refused):
    found = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", WebsiteRedirectLocation="elsewhere")
    assert (found[0], found[2]) == ("InvalidRedirectLocation", 400)


@pytest.mark.parametrize(
    ("configuration", "code", "message"),
    [
        (
            {"IndexDocument": {"Suffix": "a/b"}},
            "InvalidArgument",
            "The IndexDocument Suffix is not well formed",
        ),
        ({"IndexDocument": {"Suffix": ""}}, "InvalidArgument", "The IndexDocument Suffix is not well formed"),
        (ERROR, "InvalidArgument", "A value for IndexDocument Suffix must be provided"),
        (INDEX | {"RedirectAllRequestsTo": {"HostName": "x"}}, "MalformedXML", "The XML you provided"),
        (
            {"RedirectAllRequestsTo": {"HostName": "x", "Protocol": "ftp"}},
            "InvalidRequest",
            "Invalid protocol",
        ),
        (
            INDEX | {"RoutingRules": [rule({"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"})]},
            "InvalidRequest",
            "You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
        ),
        (
            INDEX | {"RoutingRules": [rule({"HttpRedirectCode": "200"})]},
            "InvalidRequest",
            "The provided HTTP redirect code (200) is not valid.",
        ),
        (
            INDEX | {"RoutingRules": [rule({"HttpRedirectCode": "3xx"})]},
            "MalformedXML",
            "The XML you provided",
        ),
        (INDEX | {"RoutingRules": [rule({})]}, "MalformedXML", "The XML you provided"),
        (
            INDEX | {"RoutingRules": [rule({"HostName": "x"}, HttpErrorCodeReturnedEquals="200")]},
            "InvalidRequest",
            "The provided HTTP error code (200) is not valid.",
        ),
        (
            INDEX | {"RoutingRules": [rule({"HostName": "x"})] * 51},
            "InvalidRequest",
            "51 routing rules provided",
        ),
    ],
)
def test_a_configuration_that_makes_no_website_is_refused(s3, bucket, refused, configuration, code, message):
    found, said, status = refused(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration=configuration)
    assert (found, status) == (code, 400)
    assert said.startswith(message)


def test_what_was_configured_comes_back_until_it_is_taken_away(s3, bucket, refused):
    whole = INDEX | ERROR | {"RoutingRules": [rule({"HostName": "x"}, KeyPrefixEquals="o")]}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=whole)
    found = s3.get_bucket_website(Bucket=bucket)
    found.pop("ResponseMetadata")
    assert found == whole
    s3.delete_bucket_website(Bucket=bucket)
    assert refused(s3.get_bucket_website, Bucket=bucket)[0] == "NoSuchWebsiteConfiguration"
