"""Asking like a browser: what it sends before a page's request, and what it makes of the answer."""

import boto3
import pytest

from workbook.asking import ask, lets_through, preflight

PAGE = "http://page.example"


@pytest.fixture(scope="module")
def api_url(aws):
    cors = {"AllowOrigins": [PAGE], "AllowMethods": ["GET", "DELETE"], "AllowHeaders": ["content-type"]}
    made = boto3.client("apigatewayv2").create_api(
        Name="asking-test", ProtocolType="HTTP", CorsConfiguration=cors
    )
    yield made["ApiEndpoint"]
    boto3.client("apigatewayv2").delete_api(ApiId=made["ApiId"])


def test_a_preflight_lets_through_what_the_api_allows_and_nothing_else(api_url):
    deleting = preflight(api_url, PAGE, "DELETE", "Content-Type")
    assert lets_through(deleting, PAGE, "DELETE", "Content-Type")
    assert not lets_through(deleting, PAGE, "PUT", "Content-Type")
    assert not lets_through(deleting, PAGE, "DELETE", "Authorization")
    elsewhere = "http://elsewhere.example"
    assert not lets_through(preflight(api_url, elsewhere, "DELETE"), elsewhere, "DELETE")


def test_an_answer_without_the_page_s_origin_is_not_handed_over(api_url):
    assert ask("GET", api_url, {"Origin": PAGE}).readable_by(PAGE)
    assert not ask("GET", api_url, {"Origin": PAGE + "/"}).readable_by(PAGE + "/")
