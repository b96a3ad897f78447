"""Opaque access tokens: what was written comes back, and no other text, code or handle is one."""

import pytest

from idp.clock import Instant
from idp.oauth import opaque_tokens, sealed_values
from idp.oauth.opaque_tokens import OpaqueToken
from idp.storage.encryption import FieldCipher
from tests.idp.installed import NOW
from tests.idp.oauth.spellings import GARBAGE, others_of

TOKEN = OpaqueToken(
    family=12,
    mark="of-the-family",
    client_id="app",
    audience=None,
    scope=("openid", "profile"),
    issued_at=NOW,
    expires_at=Instant(NOW + 600),
)
FOR_ITSELF = TOKEN._replace(family=0, mark="", audience="https://archive.example", scope=())


@pytest.mark.parametrize("token", [TOKEN, FOR_ITSELF, TOKEN._replace(client_id='中"', family=2**62)])
def test_what_was_written_comes_back(cipher: FieldCipher, token: OpaqueToken) -> None:
    """Mutations: two members that change places; a scope of one empty word."""
    value = opaque_tokens.write(cipher, token)
    assert opaque_tokens.read(cipher, value, NOW) == token
    assert value.count(".") == 1, "two dots are a JWT"


def test_no_other_text_is_the_token(cipher: FieldCipher) -> None:
    value = opaque_tokens.write(cipher, TOKEN)
    for text in (*others_of(value), *GARBAGE):
        assert opaque_tokens.read(cipher, text, NOW) is None, text


def test_what_was_sealed_for_another_use_is_no_token(cipher: FieldCipher) -> None:
    """Mutation: one kind for everything that is sealed."""
    content = [12, "m", "app", None, "openid", NOW, NOW + 600]
    assert opaque_tokens.read(cipher, sealed_values.write(cipher, "access_token", content, NOW), NOW) is not None
    for kind, owner in (("code", ""), ("code", "app"), ("access_token", "app"), ("interaction", "")):
        assert opaque_tokens.read(cipher, sealed_values.write(cipher, kind, content, NOW, owner), NOW) is None


def test_the_name_by_which_a_token_is_called_back_tells_nothing_of_it(cipher: FieldCipher) -> None:
    """One for each token, 128 bits, and never that of a JWT, which has a dot. Mutation: the end of the value itself."""
    values = [opaque_tokens.write(cipher, TOKEN) for _ in range(20)]
    names = {opaque_tokens.jti_of(value) for value in values}
    assert len(names) == 20
    assert {len(name) for name in names} == {22}
    assert not any(name in value for name in names for value in values)
    assert not any("." in name for name in names)
    assert opaque_tokens.jti_of(values[0]) == opaque_tokens.jti_of(values[0])
