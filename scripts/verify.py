"""Check every claim about a finished project; exit code 1 where one does not hold."""

from __future__ import annotations

import json
import sys

from vsmeme.cli import parser, run
from vsmeme.deliver.verify.verify import as_json, table, verify
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Print the table of claims."""
    made = parser(__doc__)
    made.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = made.parse_args(argv)
    found = verify(load_project(arguments.project))
    print(json.dumps(as_json(found), indent=1) if arguments.json else table(found))
    return 0 if all(claim.passed for claim in found) else 1


if __name__ == "__main__":
    sys.exit(run(main))
