"""The version of the words that people are asked with."""

from idp.model.terms import Terms

PURPOSE = (("zh-CN", "查账户"), ("en", "To look up"))
LICENCES = (("id_number", (("en", "Art. 24"),)),)


def test_other_words_are_another_version() -> None:
    """Mutations: one language alone compared; a licence that nobody is asked anew for."""
    versions = {
        terms.version
        for terms in (
            Terms(),
            Terms(PURPOSE),
            Terms(PURPOSE[:1]),
            Terms((("zh-CN", "查账户"), ("en", "To find"))),
            Terms(PURPOSE, LICENCES),
            Terms((), LICENCES),
        )
    }
    assert len(versions) == 6


def test_the_same_words_are_the_same_version_in_every_process() -> None:
    """Mutation: a digest that hangs on the process."""
    assert Terms(PURPOSE).version == Terms(tuple(PURPOSE)).version == "c1800371d94ad134"
