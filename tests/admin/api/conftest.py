"""The API with the apps that call it."""

import pytest

from idp.app import Installation
from idp.model.office import Role
from tests.admin.api.api_client import by_itself, of_officers, register_apps


@pytest.fixture
def with_apps(installation: Installation) -> Installation:
    register_apps(installation, of_officers(), by_itself(Role.SECURITY), by_itself(None, "without-role"))
    return installation
