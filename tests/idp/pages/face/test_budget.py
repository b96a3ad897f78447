"""C09 by face: so many comparisons a day, and what an authority that is down costs: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts.source_budget import SourceBudget
from idp.app import Installation
from idp.ports import SourceKind
from idp.storage.ephemeral.sql import SqlEphemeral
from tests.idp.installed import Moment, installed
from tests.idp.pages.face.face_checks import FaceBrowser, person_at, text_of, with_app
from tests.idp.pages.page_browser import csrf_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.toy_authority import ToyAuthority

A_DAY = 3


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment, toy: ToyAuthority) -> Iterator[Installation]:
    """Where a person is compared three times a day."""
    limit = {"IDP_SOURCES__FACE_PER_PERSON_DAY": str(A_DAY)}
    installation = installed(storage_urls, tmp_path, clock, **toy.settings, **limit)
    with_app(installation)
    person_at(installation)
    yield installation
    installation.storage.close()


def begins(city: Installation, toy: ToyAuthority) -> bool:
    """Whether a new sign-in gets as far as the authority's page."""
    browser = FaceBrowser(city, toy)
    browser.agree(browser.to_face())
    return browser.is_at_authority()


def test_a_person_has_so_many_a_day(city: Installation, toy: ToyAuthority) -> None:
    assert [begins(city, toy) for _ in range(A_DAY)] == [True] * A_DAY
    browser = FaceBrowser(city, toy)
    page = browser.agree(browser.to_face())
    assert not browser.is_at_authority()
    assert "今天刷脸的次数用完了" in text_of(page)
    assert 'value="code"' in page.body.decode()
    assert len(toy.orders) == A_DAY


def test_a_city_has_so_many_a_day(
    city: Installation, storage_urls: StorageUrls, clock: Moment, toy: ToyAuthority
) -> None:
    """And who was refused for it has their own left. Mutation: the person's own is not put back."""
    directory = Path(city.settings.state_directory)
    full = installed(storage_urls, directory, clock, **toy.settings, IDP_SOURCES__FACE_PER_DAY="1")
    assert [begins(full, toy) for _ in range(1 + A_DAY)] == [True] + [False] * A_DAY
    full.storage.close()
    assert [begins(city, toy) for _ in range(A_DAY)] == [True, True, False]


def test_an_authority_that_is_down_uses_nothing_up(city: Installation, toy: ToyAuthority, clock: Moment) -> None:
    """Down is never a failed try. Mutation: what was spent is not given back."""
    browser = FaceBrowser(city, toy)
    browser.to_face()
    here = browser.path
    toy.answers["POST /transactions"] = 503, b"{}"
    for _ in range(A_DAY + 2):
        clock.pass_by(40)
        assert "现在刷不了脸" in text_of(browser.agree(browser.get(here)))
    toy.answers.clear()
    clock.pass_by(40)
    browser.agree(browser.get(here))
    assert browser.is_at_authority()


def test_a_comparison_that_is_under_way_is_gone_on_with_for_nothing(city: Installation, toy: ToyAuthority) -> None:
    """Who comes back from the authority's page and presses again. Mutation: each press counts."""
    browser = FaceBrowser(city, toy)
    page = browser.to_face()
    here, token = browser.path, csrf_of(page)
    for _ in range(A_DAY + 2):
        browser.post(here, csrf=token)
        assert browser.is_at_authority()
    assert len(toy.orders) == 1
    assert [begins(city, toy) for _ in range(A_DAY)] == [True, True, False]


@pytest.mark.parametrize("is_down", [False, True])
def test_many_presses_at_once_do_not_outrun_it(
    city: Installation, toy: ToyAuthority, clock: Moment, is_down: bool
) -> None:
    """Also where all are given back meanwhile. Mutation: counted after the ticket."""
    browsers = [FaceBrowser(city, toy) for _ in range(8)]
    pages = [each.to_face() for each in browsers]
    if is_down:
        toy.answers["POST /transactions"] = 503, b"{}"
    storm(len(browsers), lambda number: browsers[number].agree(pages[number]))
    assert len(toy.orders) <= (0 if is_down else A_DAY)
    toy.answers.clear()
    clock.pass_by(60)
    for _ in range(A_DAY + 1):
        begins(city, toy)
    assert len(toy.orders) == A_DAY


def test_what_is_put_back_beside_a_press_does_not_make_room_for_it(
    city: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one counts itself, is refused and puts its own back between two lines. Mutation: that is read too late."""
    services = city.services

    def one_more() -> bool:
        return SourceBudget(services, SourceKind.FACE, ("1",), services.clock()).spend()

    assert [one_more() for _ in range(A_DAY)] == [True] * A_DAY
    counting = type(services.ephemeral).incr

    def overtaken(self: SqlEphemeral, key: str, seconds: int) -> int:
        with monkeypatch.context() as nobody_else:
            nobody_else.setattr(type(services.ephemeral), "incr", counting)
            own = self.incr(key, seconds)
            if "face_begun" in key:
                assert not one_more()
        return own

    monkeypatch.setattr(type(services.ephemeral), "incr", overtaken)
    assert not one_more()
