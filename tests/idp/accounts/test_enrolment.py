"""A secret in a form opens for its person, on its browser, once, for an hour (threat H09)."""

from idp.accounts.enrolment import bound_to, opened, seal
from idp.clock import Instant
from idp.model.credential import Credential, CredentialKind
from idp.storage.encryption import FieldCipher
from tests.idp.installed import NOW

CIPHER = FieldCipher({1: b"a key of exactly thirty-two byte"})
ME = bound_to(7, "browser", None)


def test_a_form_opens_where_it_was_shown_and_nowhere_else() -> None:
    """Mutations: the account, the browser or the app that was there left out of what it is bound to."""
    form = seal(CIPHER, "SECRET", ME, NOW)
    app = Credential(id=1, account_id=7, kind=CredentialKind.ONE_TIME_CODE, secret="SECRET", created_at=NOW)
    assert opened(CIPHER, form, ME, NOW) == "SECRET"
    for other in (bound_to(8, "browser", None), bound_to(7, "another", None), bound_to(7, "browser", app)):
        assert opened(CIPHER, form, other, NOW) is None


def test_a_form_is_good_for_an_hour() -> None:
    form = seal(CIPHER, "SECRET", ME, NOW)
    assert opened(CIPHER, form, ME, Instant(NOW + 3599)) == "SECRET"
    assert opened(CIPHER, form, ME, Instant(NOW + 3600)) is None


def test_a_secret_of_somebodys_own_making_is_none() -> None:
    """Mutation: the secret stands in the form unsealed."""
    for forged in ("", "JBSWY3DPEHPK3PXP", "é", "====", seal(CIPHER, "SECRET", ME, NOW)[:-2] + "xx"):
        assert opened(CIPHER, forged, ME, NOW) is None
