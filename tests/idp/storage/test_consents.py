"""Consent: what was allowed before stays allowed."""

from idp.clock import Instant
from idp.model.consent import Consent
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, account
from tests.idp.storage.storm import storm


def consent(account_id: int, *scope: str, at: Instant = NOW) -> Consent:
    return Consent(account_id=account_id, client_id="housing-fund", scope=scope, given_at=at)


def test_a_wider_consent_keeps_the_narrower_one(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        assert unit_of_work.consents.get(person, "housing-fund") is None
        unit_of_work.consents.give(consent(person, "openid", "profile"))
        unit_of_work.consents.give(consent(person, "openid", "phone", at=Instant(NOW + 1)))
        unit_of_work.commit()
        given = unit_of_work.consents.get(person, "housing-fund")
        assert given == consent(person, "openid", "profile", "phone", at=Instant(NOW + 1))
        assert unit_of_work.consents.get(person, "archive") is None


def test_what_was_left_out_is_an_answer_until_it_is_allowed(storage: Storage) -> None:
    """Who does not tick the telephone is not asked for it each time, and the newer answer counts."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        for scope, left_out in (("openid", "phone"), ("email", "address"), ("phone", "email")):
            answer = Consent(
                account_id=person, client_id="housing-fund", scope=(scope,), left_out=(left_out,), given_at=NOW
            )
            unit_of_work.consents.give(answer)
        unit_of_work.commit()
        given = unit_of_work.consents.get(person, "housing-fund")
    assert given is not None
    assert (given.scope, given.left_out) == (("openid", "phone"), ("address", "email"))
    assert given.covers(("openid", "email"), "a version")
    assert not given.covers(("openid", "profile"), "a version")
    assert given.within(("email", "phone", "openid")) == ("phone", "openid")


def test_an_answer_is_one_to_the_words_that_were_asked_with(storage: Storage) -> None:
    """Mutations: the version of the first answer kept; one that nobody kept taken for another; none compared."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        for terms in (None, "old", "new"):
            unit_of_work.consents.give(
                Consent(account_id=person, client_id="housing-fund", scope=("openid",), given_at=NOW, terms=terms)
            )
            given = unit_of_work.consents.get(person, "housing-fund")
            assert given is not None
            assert given.terms == terms
            assert given.covers(("openid",), "new") is (terms != "old")
        unit_of_work.commit()
        assert unit_of_work.consents.of_account(person) == [given]


def test_parallel_answers_are_all_kept(storage: Storage) -> None:
    """Mutation: reading what was allowed without locking it."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.commit()

    def give(number: int) -> None:
        with storage.begin() as unit_of_work:
            unit_of_work.consents.give(consent(person, f"scope-{number}"))
            unit_of_work.commit()

    storm(12, give)
    with storage.begin() as unit_of_work:
        given = unit_of_work.consents.get(person, "housing-fund")
    assert given is not None
    assert set(given.scope) == {f"scope-{number}" for number in range(12)}


def test_what_is_taken_back_is_asked_for_anew(storage: Storage) -> None:
    """Mutations: `withdraw` without the app, or without the person; `of_account` of everybody."""
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        kept = Consent(account_id=person, client_id="archive", scope=("openid",), given_at=Instant(NOW + 1))
        for given in (consent(person, "openid"), kept, consent(other, "openid")):
            unit_of_work.consents.give(given)
        unit_of_work.commit()
        assert unit_of_work.consents.of_account(person) == [kept, consent(person, "openid")]
        assert unit_of_work.consents.withdraw(person, "housing-fund")
        assert not unit_of_work.consents.withdraw(person, "housing-fund")
        unit_of_work.commit()
        assert unit_of_work.consents.of_account(person) == [kept]
        assert unit_of_work.consents.of_account(other) == [consent(other, "openid")]
