"""What the peer tells of a person: the scope profile releases a name, as everywhere in the bench."""

# mypy: ignore-errors
# Django is not in this project's environment.

from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):
    """The documentation's way to add claims."""

    oidc_claim_scope = OAuth2Validator.oidc_claim_scope | {"name": "profile"}

    def get_additional_claims(self):
        """Claims by name, each a function of the request."""
        return {"name": lambda request: request.user.get_full_name()}
