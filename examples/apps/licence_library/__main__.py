"""Start the licence library: python -m licence_library."""

import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from .app import LicenceLibrary
from .settings import Settings
from .web import as_wsgi


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """A thread for every request, none of which outlives the program."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Logs no requests: the address of a callback carries an authorization code."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> None:
    """Serve until interrupted; leaves with status 1 when the port cannot be had."""
    settings = Settings.from_command_line(sys.argv[1:])
    library = as_wsgi(LicenceLibrary(settings))
    try:
        server = make_server(settings.host, settings.port, library, ThreadingServer, QuietHandler)
    except OSError as error:
        sys.exit(f"licence library: port {settings.port}: {error.strerror}")
    print(f"licence library: {settings.base_url}", flush=True)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
