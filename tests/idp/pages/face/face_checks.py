"""A person who signs in by password at an app that asks for more, over a toy authority; in one browser or several."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from idp.accounts.face_choice import FaceStanding, face_standing
from idp.app import Installation
from idp.model.account import Account
from idp.model.policy import Level, Proofing
from idp.registration.register import register
from tests.benchmarks.operations import Answer
from tests.idp.installed import identifiers, new_person
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_second_proof import CALLBACK, authorize
from tests.idp.storage.made import client
from tests.realnames.sources.toy_authority import ToyAuthority

PHONE = "13900000002"
CITIZEN_ID = "890102193705120027"
CHILD = "890101201406010080"


def with_app(installation: Installation) -> None:
    """An app that asks for 四级."""
    app = client("land-registry", client_name="不动产登记", redirect_uris=(CALLBACK,), level=Level.FOUR)
    with installation.services.begin() as unit_of_work:
        now = installation.services.clock()
        register(unit_of_work, [replace(app, asks_consent=False, token_endpoint_auth_method="none")], now)
        unit_of_work.commit()


def person_at(
    installation: Installation, phone: str = PHONE, citizen_id: str | None = CITIZEN_ID, **changes: Any
) -> Account:
    return new_person(installation, *identifiers(phone, citizen_id), **{"proofing": Proofing.P3, **changes})


def standing_of(installation: Installation, account: Account) -> FaceStanding | None:
    with installation.services.begin() as unit_of_work:
        stored = unit_of_work.accounts.attributes(account.id)
        return face_standing(installation.services, unit_of_work, account.id, stored)


class FaceBrowser(Browser):
    """Goes as far as the authority's page, and comes back."""

    def __init__(self, installation: Installation, toy: ToyAuthority) -> None:
        super().__init__(installation)
        self.toy = toy

    def sign_in_for_more(self, phone: str = PHONE) -> Answer:
        """From the app's request by the password to the ways of a second proof (C09)."""
        return self.sign_in(self.get(authorize()), phone=phone)

    def to_face(self, phone: str = PHONE) -> Answer:
        """On to the page that asks for the consent."""
        page = self.sign_in_for_more(phone)
        assert self.here.endswith("/ways"), self.here
        return self.post(self.here, csrf=csrf_of(page), way="face")

    def agree(self, page: Answer) -> Answer:
        """Press the button; where all is well the browser is at the authority's page then."""
        return self.post(self.path, csrf=csrf_of(page))

    def is_at_authority(self) -> bool:
        return self.here.startswith(f"{self.toy.url}/face/")

    def come_back(self) -> Answer:
        """As the authority's page sends it: to the address that it was told."""
        order = self.toy.orders[self.here.rpartition("/")[2]]
        return self.come_to(urlsplit(order["return_url"]).path)

    def come_to(self, path: str) -> Answer:
        """Open it, and go on where the page does so by itself."""
        page = self.get(path)
        seconds, _, leads_to = page.headers.get("refresh", "").partition("; url=")
        return self.get(leads_to) if seconds == "0" else page

    def show(self, phone: str = PHONE) -> Answer:
        """All of it."""
        self.agree(self.to_face(phone))
        assert self.is_at_authority(), self.here
        return self.come_back()


def text_of(page: object) -> str:
    return re.sub(r"<[^>]+>", "", getattr(page, "body").decode())  # noqa: B009
