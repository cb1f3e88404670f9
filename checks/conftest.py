"""``pytest --pyargs checks`` grades a stack: each rule of the checklist is a test."""

from __future__ import annotations

from checks.grading import *  # noqa: F403 pytest takes hooks and fixtures from here
