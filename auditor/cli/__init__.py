"""The command line: everything heavy is imported only once a command needs it."""

from __future__ import annotations

import sys


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from auditor import __version__

        try:
            print(f"agentaudit {__version__}", flush=True)
        except OSError as error:
            print(f"error: cannot write to stdout: {error.strerror}", file=sys.stderr)
            sys.exit(2)
        return
    try:
        from auditor.cli.app import run

        sys.exit(run(arguments))
    except KeyboardInterrupt:
        sys.exit(130)
