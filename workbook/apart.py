"""A pytest plugin, ``-p workbook.apart``: each notebook runs in a work folder and a cloud of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

begun = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Before a notebook's first cell: a new ``work/``, and no cloud, so that ``begin()`` starts one."""
    notebook = item.parent
    if notebook is None or notebook.path.suffix != ".ipynb" or begun in notebook.stash:
        return (yield)
    notebook.stash[begun] = True
    own = tempfile.TemporaryDirectory(prefix="workbook-apart-", ignore_cleanup_errors=True)
    os.environ["WORKBOOK_WORK"] = str(Path(own.name) / "work")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    try:
        return (yield)  # nbval starts the kernel, which takes this environment
    finally:
        notebook.addfinalizer(own.cleanup)
