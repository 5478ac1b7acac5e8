"""Start, stop, look at or remove the embedded server: `python -m portal.embedded_postgres ACTION DATA_DIR`."""

import argparse
import sys
from pathlib import Path

from portal.embedded_postgres.server import EmbeddedServer, EmbeddedServerError

NOT_RUNNING = 3  # as `pg_ctl status` says it


def main() -> int:
    """Do what the command line says; 0 when it went well, 3 for the status of a stopped server."""
    parser = argparse.ArgumentParser(prog="python -m portal.embedded_postgres", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status", "remove"])
    parser.add_argument("data", type=Path, metavar="DATA_DIR")
    arguments = parser.parse_args()
    try:
        server = EmbeddedServer(arguments.data)
        if arguments.action == "start":
            server.ensure_running()
        elif arguments.action == "stop":
            server.stop()
        elif arguments.action == "remove":
            server.remove()
            print(f"removed {server.data}")
            return 0
        print(server.status())
        return NOT_RUNNING if arguments.action == "status" and not server.is_running else 0
    except EmbeddedServerError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
