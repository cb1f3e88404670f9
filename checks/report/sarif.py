"""SARIF 2.1.0: what code scanning reads. One rule an id, one result a finding that failed.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from checks.findings import Finding, Report, Severity, Status
from checks.registry import RULES
from checks.report import About
from checks.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
# GitHub sorts by this number: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below that low.
# https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}
# What a scanner of code calls a place in a file is here a resource in a cloud. Code scanning refuses a result
# without a file, so every result also points at the page that describes its rule.
RULES_PAGE = "docs/checks.md"


def write(report: Report, about: About) -> str:
    """The report as one SARIF run. What could not be evaluated is told as a notification, not as a result."""
    found = [finding for finding in report.findings if finding.status in (Status.FAIL, Status.NOT_YET)]
    unknown = [finding for finding in report.findings if finding.status is Status.ERROR]
    ids = [rule.id for rule in RULES]
    run = {
        "tool": {
            "driver": {
                "name": "upload-dashboard-checks",
                "semanticVersion": "0.1.0",
                "rules": [described(rule) for rule in RULES],
            }
        },
        "automationDetails": {"id": f"hardening/{report.stack}/{report.account_id}/{report.region}/"},
        "invocations": [
            {
                "executionSuccessful": not unknown,
                "endTimeUtc": f"{about.when:%Y-%m-%dT%H:%M:%SZ}",
                "exitCode": report.exit_code,
                "toolExecutionNotifications": [notification(finding) for finding in unknown],
            }
        ],
        "results": [
            *(result(finding, ids) for finding in found),
            *(result(finding, ids, reason) for finding, reason in about.accepted.items()),
        ],
        "columnKind": "utf16CodeUnits",
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def described(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.expected}\n\n{rule.fix}", "markdown": f"{rule.expected}\n\n{rule.fix}"},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": sorted({"security", "hardening", rule.area}),  # each once, says the schema
            "security-severity": SECURITY_SEVERITY[rule.severity],
            "precision": "very-high",
        },
    }


def result(finding: Finding, ids: list[str], accepted: str = "") -> dict[str, Any]:
    lines = [
        f"{finding.title}: {finding.observed}",
        f"Resource: {finding.resource}",
        f"Expected: {finding.expected}",
        f"Evidence: {finding.evidence}",
        f"Fix: {finding.fix}",
    ]
    told: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": ids.index(finding.id),
        "kind": "fail",
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join(line for line in lines if not line.endswith(": "))},
        "locations": [place(finding)],
        "partialFingerprints": {"finding/v1": fingerprint(finding)},
        "properties": {"status": finding.status.value, "resource": finding.resource},
    }
    if accepted:
        told["suppressions"] = [{"kind": "external", "status": "accepted", "justification": accepted}]
    return told


def place(finding: Finding) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": RULES_PAGE, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {"name": finding.resource, "fullyQualifiedName": finding.resource, "kind": "resource"}
        ],
    }


def fingerprint(finding: Finding) -> str:
    """The same for the same rule and resource at every run, so that an alert is opened and closed once."""
    return hashlib.sha256(f"{finding.id}\n{finding.resource}".encode(errors="surrogatepass")).hexdigest()[:32]


def notification(finding: Finding) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{finding.id} could not be evaluated: {finding.observed} {finding.fix}".strip()},
        "associatedRule": {"id": finding.id},
    }
