"""Start the housing fund: python -m housing_fund."""

import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from .app import create_app
from .configuration import read_command_line


class QuietRequestHandler(WSGIRequestHandler):
    """Logs no requests: the address of a callback carries an authorization code."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> None:
    """Serve until interrupted; leaves with status 1 when the port is taken."""
    configuration, host, port = read_command_line(sys.argv[1:])
    server = make_server(host, port, create_app(configuration), threaded=True, request_handler=QuietRequestHandler)
    print(f"housing fund: {configuration.base_url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
