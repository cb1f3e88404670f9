"""Variants of a good stack that harm nobody: no rule may complain."""

from tests.checks.mutations.harmless import api, buckets, events, functions, page, roles

__all__ = ["api", "buckets", "events", "functions", "page", "roles"]
