"""``make bench``: each figure beside its target, and beside what others reach in the same run.

python -m bench                  all of it
python -m bench stack audit      some of it: cloud, stack, audit
python -m bench --json           for programs
"""

from __future__ import annotations

import importlib
import json
import os
import platform
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from bench.table import Row

PARTS = ("cloud", "stack", "audit")


def as_table(part: str, rows: list[Row]) -> Table:
    table = Table(title=part, title_justify="left", title_style="bold", expand=False)
    table.add_column("measured")
    table.add_column("figure", justify="right")
    table.add_column("target")
    table.add_column("beside")
    for row in rows:
        table.add_row(row.name, f"{row.value:,.4g} {row.unit}", row.target, row.beside)
    return table


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS), metavar="[PART]...")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, and nothing else.")
def main(parts: tuple[str, ...], as_json: bool) -> None:
    """Measure. PART is cloud, stack or audit; without one, all three."""
    said = Console(stderr=True)
    out = Console()
    measured = {}
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # no figure comes from the account of whoever runs it
    for part in parts or PARTS:
        module = importlib.import_module(f"bench.{part}")
        measured[part] = module.run(lambda line: said.print(f"  {line}", style="dim"))
        if not as_json:
            out.print(as_table(part, measured[part]))
    if as_json:
        print(json.dumps({part: [asdict(row) for row in rows] for part, rows in measured.items()}))
    else:
        out.print(
            f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}", style="dim"
        )


if __name__ == "__main__":
    main(prog_name="python -m bench")
