"""The command line: everything heavy is imported only once a command needs it."""

from __future__ import annotations

import sys


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from auditor import __version__

        sys.stdout.write(f"agentaudit {__version__}\n")
        return
    from auditor.cli.app import run

    sys.exit(run(arguments))
