"""Single defects of the security row, each with the rules that must say so."""

from tests.checks.mutations.security import buckets, invoking, roles, secrets

__all__ = ["buckets", "invoking", "roles", "secrets"]
