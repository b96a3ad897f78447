"""The question that a passkey answers, while the master key that made it is changed."""

from dataclasses import replace

from idp.accounts.passkey_challenge import SECONDS, Binding, asked_at, new_challenge
from idp.clock import Instant
from idp.storage.encryption import FieldCipher

NOW = Instant(1_800_000_000)
BINDING = Binding("get", "browser", "interaction")


def test_a_question_outlives_a_change_of_the_master_key() -> None:
    """Mutations: the key that writes is asked alone; what it is bound to is left out under a former one."""
    old, both = FieldCipher({1: b"1" * 32}), FieldCipher({1: b"1" * 32, 2: b"2" * 32})
    question = new_challenge(old, BINDING, NOW)
    assert asked_at(both, BINDING, question, NOW) == NOW
    assert asked_at(both, BINDING, question, Instant(NOW + SECONDS)) is None
    assert asked_at(FieldCipher({2: b"2" * 32}), BINDING, question, NOW) is None
    for change in ({"purpose": "create"}, {"browser": "other"}, {"subject": "other"}):
        assert asked_at(both, replace(BINDING, **change), question, NOW) is None
