"""JUnit XML: one suite a row, one case a finding, as Jenkins, GitLab and others read it.

The members are those of Jenkins' schema: junit-10.xsd of its xunit plugin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checks.findings import Finding, Report, RowResult, Status
from checks.report import About

# XML 1.0 has no way to write these, not even escaped: https://www.w3.org/TR/xml/#charsets
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, about: About) -> str:
    """The report as JUnit XML. What is not built has not passed: it is a failure, of that type."""
    suites = Element("testsuites", name=allowed(f"hardening checklist of {report.stack}"))
    total = totals(report.findings)
    suites.attrib |= {name: total[name] for name in ("tests", "failures", "errors")}
    for number, row in enumerate(report.rows):
        suites.append(suite(report, row, number, about))
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def totals(findings: Sequence[Finding]) -> dict[str, str]:
    said = [finding.status for finding in findings]
    return {
        "tests": str(len(said)),
        "failures": str(said.count(Status.FAIL) + said.count(Status.NOT_YET)),
        "errors": str(said.count(Status.ERROR)),
        "skipped": str(said.count(Status.SKIP)),
    }


def suite(report: Report, row: RowResult, number: int, about: About) -> Element:
    made = Element("testsuite", {"name": allowed(row.area), "id": str(number)} | totals(row.findings))
    made.set("timestamp", f"{about.when:%Y-%m-%dT%H:%M:%S}")
    properties = SubElement(made, "properties")
    for name in ("stack", "cloud", "account_id", "region"):
        SubElement(properties, "property", name=name, value=allowed(getattr(report, name)))
    SubElement(properties, "property", name="good_state", value=allowed(row.good_state))
    for finding in row.findings:
        made.append(case(row, finding))
    return made


def case(row: RowResult, finding: Finding) -> Element:
    name = f"{finding.id} {finding.title} [{finding.resource}]"
    made = Element("testcase", classname=f"hardening.{allowed(row.area)}", name=allowed(name))
    message = allowed(finding.observed)
    if finding.status is Status.PASS:
        SubElement(made, "system-out").text = body(finding)
    elif finding.status is Status.SKIP:
        SubElement(made, "skipped", message=message)
    else:
        kind = "error" if finding.status is Status.ERROR else "failure"
        SubElement(made, kind, type=finding.status.value, message=message).text = body(finding)
    return made


def body(finding: Finding) -> str:
    names = ("severity", "resource", "observed", "expected", "evidence", "fix")
    values = {name: str(getattr(finding, name)) for name in names}
    return allowed("\n".join(f"{name}: {value}" for name, value in values.items() if value))


def allowed(text: str) -> str:
    """The text, with what XML cannot carry written as Python would write it."""
    return NOT_IN_XML.sub(lambda found: repr(found.group())[1:-1], text)
