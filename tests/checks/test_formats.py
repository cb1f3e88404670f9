"""The report in each format: whole, valid for those who read it, and deaf to what resources are called."""

import html
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from checks.findings import Report, RowResult, Severity, Status
from checks.registry import RULES
from checks.report import BY_SUFFIX, FORMATS, WORDS, About, printable, worst_first, write
from tests.checks.reports import ABOUT, HOSTILE, bad, finding, good, hostile, report

CASES = {
    "good": good,
    "bad": bad,
    "hostile": hostile,
    "empty": lambda: Report("n", "aws", "1", "eu-west-1", []),
}
cases = pytest.mark.parametrize("case", CASES)


# JSON


@cases
def test_json_is_the_contract_and_nothing_else(case):
    said = json.loads(write(CASES[case](), "json", ABOUT))
    assert list(said) == ["stack", "cloud", "account_id", "region", "summary", "rows"]
    assert set(said["summary"]) == {"PASS", "FAIL", "NOT_YET", "ERROR", "SKIP"}
    for row in said["rows"]:
        assert list(row) == ["area", "good_state", "status", "findings"]
        for one in row["findings"]:
            assert list(one) == ["id", "title", "severity", "status", "resource", "observed", "expected",
                                 "evidence", "fix"]  # fmt: skip
            assert all(isinstance(value, str) for value in one.values())


def test_json_says_names_as_they_are():
    said = json.loads(write(hostile(), "json", ABOUT))
    assert [one["resource"] for one in said["rows"][0]["findings"]][: len(HOSTILE)] == HOSTILE


# JUnit

ALLOWED = {  # junit-10.xsd of Jenkins' xunit plugin: the attributes of each element, and what may be inside
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id",
         "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "time", "classname", "group"},
                 {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}  # fmt: skip
REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "property": {"name", "value"},
}


@cases
def test_junit_keeps_to_the_schema_of_jenkins(case):
    suites = ElementTree.fromstring(write(CASES[case](), "junit", ABOUT).encode())
    for element in suites.iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= attributes
        assert set(element.attrib) >= REQUIRED.get(element.tag, set())
        assert {child.tag for child in element} <= children


def test_junit_counts_what_it_tells():
    suites = ElementTree.fromstring(write(bad(), "junit", ABOUT).encode())
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("30", "5", "1")
    for suite in suites:
        for kind in ("failure", "error", "skipped"):
            name = {"failure": "failures", "error": "errors"}.get(kind, kind)
            assert int(suite.get(name)) == len(suite.findall(f"testcase/{kind}"))
    [unbuilt] = suites.findall("testsuite/testcase/failure[@type='NOT_YET']")
    assert unbuilt.get("message") == "there is no page yet"


def test_junit_carries_names_that_xml_cannot_write():
    suites = ElementTree.fromstring(write(hostile(), "junit", ABOUT).encode())
    messages = [one.get("message") for one in suites.iter("failure")]
    assert messages[0] == HOSTILE[0]
    assert messages[6] == "\\x00\\x01\\ufffe lone \\ud800"


# SARIF: the members that the schema of 2.1.0 requires, and those that code scanning asks for besides.


@cases
def test_sarif_has_what_the_schema_requires(case):
    log = json.loads(write(CASES[case](), "sarif", ABOUT))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == [rule.id for rule in RULES]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert len(rule["properties"]["tags"]) == len(set(rule["properties"]["tags"]))
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["kind"] == "fail"
        [place] = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "docs/checks.md"
        assert place["physicalLocation"]["region"]["startLine"] >= 1
        assert result["partialFingerprints"]
    assert isinstance(run["invocations"][0]["executionSuccessful"], bool)


def test_sarif_tells_failures_as_results_and_doubts_as_notifications():
    [run] = json.loads(write(bad(), "sarif", ABOUT))["runs"]
    assert [one["ruleId"] for one in run["results"]] == [
        "SECURITY-1",
        "CORS-1",
        "SAFETY-1",
        "SAFETY-4",
        "STATE-1",
    ]
    [invocation] = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert [one["associatedRule"]["id"] for one in invocation["toolExecutionNotifications"]] == [
        "VISIBILITY-1"
    ]


def test_sarif_fingerprints_are_one_for_each_rule_and_resource():
    twice = [json.loads(write(hostile(), "sarif", ABOUT))["runs"][0]["results"] for _ in range(2)]
    prints = [[one["partialFingerprints"]["finding/v1"] for one in results] for results in twice]
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == len(HOSTILE)


def test_sarif_shows_what_is_accepted_as_suppressed():
    accepted = About(ABOUT.when, accepted={finding("CORS-1", Status.FAIL): "known (until 2030-12-31)"})
    [run] = json.loads(write(good(), "sarif", accepted))["runs"]
    [result] = run["results"]
    [suppression] = result["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["justification"] == "known (until 2030-12-31)"


# HTML


class Outline(HTMLParser):
    """What a page is made of: its elements, and whether they are closed in order."""

    VOID = frozenset({"meta", "br", "rect", "path", "polygon"})

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@cases
def test_html_is_well_formed_and_asks_nothing_of_any_other_place(case):
    page = write(CASES[case](), "html", ABOUT)
    outline = Outline(page)
    assert outline.open == []
    assert not {"script", "link", "img", "iframe", "object", "form", "input"} & set(outline.tags)
    assert not [
        one for one in outline.attributes if one[1].startswith("on") or one[1] in {"src", "href", "style"}
    ]
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src &#x27;none&#x27;" in page


def test_html_shows_hostile_names_as_text():
    shown = "".join(Outline(write(hostile(), "html", ABOUT)).text)
    for name in HOSTILE:
        assert printable(name) in shown or printable(name.split("\n")[0]) in shown
    for hidden in ("\x1b", "\u202e", "\x00", "\x07"):
        assert hidden not in shown


@cases
def test_html_says_each_status_in_a_word_beside_its_mark(case):
    page = write(CASES[case](), "html", ABOUT)
    pills = re.findall(r'<span class="pill (\w+)"><span aria-hidden="true">(.)</span> ([^<]+)</span>', page)
    assert all(WORDS[Status(status)] == word for status, _, word in pills)
    told = [status for status, _, _ in pills]
    for row in CASES[case]().rows:
        assert row.status in told
    assert told.count("FAIL") == sum(
        one.status is Status.FAIL for one in [*CASES[case]().findings, *CASES[case]().rows]
    )


def test_html_draws_each_part_of_the_map_as_its_row_went():
    page = write(bad(), "html", ABOUT)
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert (
        "Security: failed. CORS: failed. Safety: failed. API: passed. State: not built yet"
        in html.unescape(drawing)
    )
    for area, status, mark in (("Security", "FAIL", "✘"), ("API", "PASS", "✔"), ("Visibility", "ERROR", "!")):
        assert re.search(
            rf'<g class="row {status}">\s*<rect class="tag"[^>]*>\s*<text[^>]*>{mark} {area}<', drawing
        )


def test_html_tells_the_resources_of_a_rule_together():
    roles = [finding("SECURITY-6", resource=f"role-{number}") for number in range(5)]
    page = write(report(*roles), "html", ABOUT)
    assert page.count('<span class="id">SECURITY-6</span>') == 1
    assert "5 resources" in page
    assert all(f"<strong>role-{number}</strong>" in page for number in range(5))


def test_html_opens_what_there_is_something_to_do_about():
    page = write(bad(), "html", ABOUT)
    assert page.count('<details class="finding" open>') == 5
    assert page.index("What to do first") < page.index('id="row-security"')


# Text


def test_a_good_stack_fits_on_one_screen():
    lines = write(good(), "text", ABOUT).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert "Nothing failed." in "\n".join(lines)
    for state in good().rows:
        assert any(state.good_state in line for line in lines)


def test_a_bad_stack_says_the_worst_first_then_the_fix_then_the_next_command():
    said = write(bad(), "text", ABOUT)
    after = said[said.index("What to do first:") :]
    places = [after.index(id_) for id_ in ("SECURITY-1", "SAFETY-1", "CORS-1", "SAFETY-4", "VISIBILITY-1")]
    assert places == sorted(places)
    assert "→ Turn on all four public access switches of 'photos'" in after
    assert "Next: python -m checks --fix SECURITY-1" in after
    assert "Not built yet, so not judged: STATE-1." in after


def test_without_a_fix_the_next_command_explains():
    said = write(
        report(finding("CORS-5", Status.FAIL)), "text", About(ABOUT.when, "python -m checks --name n")
    )
    assert said.rstrip().endswith("Next: python -m checks --name n --explain CORS-5")


def test_text_cannot_steer_the_terminal_nor_forge_lines():
    said = write(hostile(), "text", ABOUT)
    assert all(letter.isprintable() or letter == "\n" for letter in said)
    assert not any(line.startswith("lines") for line in said.splitlines())
    assert "[bold red]not markup[/]" in said


def test_one_row_tells_every_finding_of_it():
    one = RowResult("CORS", "good", [finding(f"CORS-{n}") for n in range(1, 6)])
    said = write(Report("n", "embedded", "1", "r", [one]), "text", About(ABOUT.when, every=True))
    assert [id_ for id_ in ("CORS-1", "CORS-2", "CORS-3", "CORS-4", "CORS-5") if id_ not in said] == []


def test_the_worst_comes_first():
    mixed = [
        finding("A-1", severity=Severity.CRITICAL),
        finding("A-2", Status.FAIL, Severity.LOW),
        finding("A-3", Status.ERROR, Severity.CRITICAL),
        finding("A-4", Status.FAIL, Severity.CRITICAL),
    ]
    assert [one.id for one in worst_first(mixed)] == ["A-4", "A-2", "A-3", "A-1"]


def test_every_suffix_names_a_format():
    assert set(BY_SUFFIX.values()) == set(FORMATS)
