"""``python -m checks``"""

from checks.cli import main

main(prog_name="python -m checks")
