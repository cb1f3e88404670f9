"""Runs one submission, inside its confinement: ``python -m workbook.grading.runner FOLDER SECONDS_A_CELL``.

How it ended is told in ``outcome.json``; the checks write ``work/progress.json`` as they go.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError


def main(folder: Path, seconds: int) -> None:
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",  # whatever the submission names
        timeout=seconds,
        interrupt_on_timeout=True,
        allow_errors=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    ended = "ran to the bottom"
    try:
        client.execute()
    except DeadKernelError:
        ended = "its kernel died"
    except CellTimeoutError:
        ended = f"a cell would not stop after {seconds} seconds"
    raised = [
        f"{output.get('ename')}: {str(output.get('evalue'))[:200]}"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    outcome = {"ended": ended, "raised": raised[:50]}
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
    nbformat.write(notebook, folder / "executed.ipynb")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
