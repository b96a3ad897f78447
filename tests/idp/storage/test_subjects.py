"""The pairwise `sub`: given once per person and sector (OpenID Connect Core §8.1)."""

import base64

from idp.storage.stores import Storage
from tests.idp.storage.made import account
from tests.idp.storage.storm import storm


def test_a_sub_is_the_same_for_ever_and_another_in_every_sector(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        subs = [
            unit_of_work.subjects.of(person, "a.example"),
            unit_of_work.subjects.of(person, "b.example"),
            unit_of_work.subjects.of(other, "a.example"),
        ]
        unit_of_work.commit()
    with storage.begin() as unit_of_work:
        assert unit_of_work.subjects.of(person, "a.example") == subs[0]
    assert len(set(subs)) == 3
    assert [len(base64.urlsafe_b64decode(f"{sub}==")) for sub in subs] == [16, 16, 16]


def test_parallel_first_calls_agree(storage: Storage) -> None:
    """Mutation: returning the value that was drawn instead of the one that was written."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.commit()

    def ask(_number: int) -> str:
        with storage.begin() as unit_of_work:
            sub = unit_of_work.subjects.of(person, "a.example")
            unit_of_work.commit()
            return sub

    assert len(set(storm(12, ask))) == 1
