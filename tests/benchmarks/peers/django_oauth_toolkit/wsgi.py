"""The WSGI application of the peer, for granian."""

# mypy: ignore-errors
# Django is not in this project's environment.

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
