"""The CORS row's own judgements, on plain data."""

import pytest

from checks.cors import differences, wrong
from checks.live.preflights import hostile

ORIGIN = "https://page.example:8443"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("*", "wildcard"),
        ("https://*", "wildcard"),
        ("https://*.example", "wildcard"),
        (f"{ORIGIN}/", "ends in a slash"),
        ("https://PAGE.example:8443", "not written as browsers write it"),
        ("http://page.example:8443", "another scheme or port"),
        ("https://page.example", "another scheme or port"),
        ("null", "sandboxed frames"),
        ("https://page.example.evil:8443", "not the page's origin"),
    ],
)
def test_each_wrong_origin_is_told_in_its_own_words(found, said):
    [what, lacking] = wrong([found], ORIGIN)
    assert said in what
    assert "is not among them" in lacking


def test_the_page_among_others_is_still_wrong():
    assert list(wrong([ORIGIN, "https://evil.example"], ORIGIN)) == [
        f"'https://evil.example' is not the page's origin, '{ORIGIN}'"
    ]


@pytest.mark.parametrize(
    ("methods", "headers", "said"),
    [
        (["PUT"], ["Content-Type"], ""),
        (["PUT", "OPTIONS"], ["content-type"], ""),
        (["*"], ["content-type"], "methods allowed and not used: '*'; methods used and not allowed: 'PUT'"),
        (["PUT"], ["*"], "headers allowed and not used: '*'; headers used and not allowed: 'content-type'"),
        (["PUT", "DELETE"], ["content-type"], "methods allowed and not used: 'DELETE'"),
        (["PUT"], [], "headers used and not allowed: 'content-type'"),
    ],
)
def test_what_is_allowed_is_what_is_used(methods, headers, said):
    assert differences(methods, {"PUT"}, headers) == said


def test_hostile_origins_differ_from_the_page_and_from_each_other():
    found = hostile(ORIGIN)
    assert len(set(found.values())) == len(found) == 10
    assert ORIGIN not in found.values()
    assert found["the page's host with another ending"] == "https://page.example.evil.example:8443"
    assert found["another port"] == "https://page.example:8444"
