"""Tables, clients and people of the peer; reads a JSON object from standard input, prints the people's session keys.

Clients are first-party (`skip_authorization`), and their secrets are kept as they are: a hash made for passwords would
make every token request slower by far.
"""

# mypy: ignore-errors
# Django is not in this project's environment.

import json
import sys

import django
from django.core.management import call_command


def main():
    """Everything once."""
    django.setup()
    from oauth2_provider.models import Application

    wanted = json.load(sys.stdin)
    grants = {"opaque": Application.GRANT_CLIENT_CREDENTIALS}
    call_command("migrate", verbosity=0)
    for client in wanted["clients"]:
        Application.objects.create(
            name=client["client_id"],
            client_id=client["client_id"],
            client_secret=client["client_secret"],
            hash_client_secret=False,
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=grants.get(client["kind"], Application.GRANT_AUTHORIZATION_CODE),
            redirect_uris=wanted["redirect_uri"],
            skip_authorization=True,
            algorithm=Application.RS256_ALGORITHM,
        )
    print(json.dumps([session_of(number) for number in range(wanted["people"])]))


def session_of(number):
    """Somebody new, who is signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.cached_db import SessionStore

    person = User.objects.create(username=f"person-{number}", first_name="Person", last_name=str(number))
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return session.session_key


main()
