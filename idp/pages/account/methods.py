"""C19, its second half: what a person signs in with, what each is worth, and the way out of the app."""

import json
from typing import Any

from flask import Blueprint

from idp.accounts.face_choice import face_standing
from idp.accounts.held import Held, held_by
from idp.accounts.identifiers import masked_value
from idp.accounts.methods import Methods
from idp.accounts.passkeys import user_handle
from idp.clock import Instant
from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.jose import base64url
from idp.model.account import IdentifierKind
from idp.model.citizen_card import CitizenCard
from idp.model.passkey import Passkey
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

PATH = "/me/methods"
REMOVAL = f"{PATH}/totp/remove"
_DONE = (
    *("password_set", "app_added", "app_removed", "codes_kept"),
    *("passkey_added", "passkey_renamed", "passkey_removed"),
    *("card_added", "card_removed"),
    *("face_refused", "face_allowed"),
)


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages `/me/methods` and `/me/methods/totp/remove`."""
    pages, entrance, methods = new_blueprint("methods"), Entrance(services), MethodPages(services, html)
    for rule, method, view, is_change in (
        (PATH, "GET", methods.show, False),
        (REMOVAL, "GET", methods.ask_removal, True),
        (REMOVAL, "POST", methods.remove, True),
    ):
        guarded = page(entrance.guarded(view, is_fresh=is_change, is_strong=is_change))
        pages.add_url_rule(rule, view.__name__, guarded, methods=[method], provide_automatic_options=False)
    return pages


class MethodPages:
    """Shows what there is; nothing of it tells a secret."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)
        self._methods = Methods(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """Every method, with what it is worth and when it was set and used."""
        held, language = self._held(visitor), look_of(request).language
        done, app, codes = request.parameters.get("done", ""), held.one_time_code, held.recovery_codes
        return self._html.page(
            request,
            "methods.html",
            done=done if done in _DONE else None,
            password_set_at=_moment(language, held.password.created_at if held.password else None),
            masked_phone=masked_value(
                IdentifierKind.PHONE, held.phone if Method.MESSAGE_CODE in held.methods else None
            ),
            masked_email=masked_value(IdentifierKind.EMAIL, held.email if Method.MAIL_CODE in held.methods else None),
            passkeys=[_passkey(language, each) for each in held.passkeys],
            can_add_passkeys=Method.BOUND_PASSKEY in self._services.methods,
            cards=[_card(language, each) for each in held.citizen_cards],
            can_add_cards=Method.CITIZEN_CARD in self._services.methods,
            signal=self._signal(visitor, held),
            app_added_at=_moment(language, app.created_at if app else None),
            app_used_at=_moment(language, app.used_at if app else None),
            codes_left=codes.left if codes else None,
            codes_made_at=_moment(language, codes.created_at if codes else None),
            face=self._face(visitor),
        )

    def ask_removal(self, request: Request, visitor: Visitor) -> Response:
        """Before the app is taken away; who has none has nothing to be asked."""
        held = self._held(visitor)
        return see_other(PATH) if held.one_time_code is None else self._ask(request, held)

    def remove(self, request: Request, visitor: Visitor) -> Response:
        """Take the app away, unless it is the last way in."""
        if not self._forms.is_genuine(request, REMOVAL):
            return self._ask(request, self._held(visitor), is_stale=True)
        if not self._methods.remove_one_time_code(act_of(self._services, request, visitor)):
            return self._ask(request, self._held(visitor))
        return see_other(f"{PATH}?done=app_removed")

    def _ask(self, request: Request, held: Held, **context: Any) -> Response:
        return self._html.page(
            request,
            "remove_app.html",
            form_action=REMOVAL,
            csrf=self._forms.token(request, REMOVAL),
            is_last=not held.without(Method.ONE_TIME_CODE),
            **context,
        )

    def _signal(self, visitor: Visitor, held: Held) -> str:
        """By what the device forgets passkeys that were taken away here (WebAuthn Level 3 §5.1.10)."""
        return json.dumps(
            {
                "rpId": self._services.passkeys.rp_id,
                "userId": base64url(user_handle(self._services.cipher, visitor.account.uid, held.passkeys)),
                "accepted": [base64url(each.credential_id) for each in held.passkeys],
            }
        )

    def _face(self, visitor: Visitor) -> str | None:
        """Whether face checks may be offered, in one word; None: nobody compares faces here."""
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
            return face_standing(self._services, unit_of_work, visitor.account.id, stored)

    def _held(self, visitor: Visitor) -> Held:
        with self._services.begin() as unit_of_work:
            return held_by(self._services, unit_of_work, visitor.account.id)


def _passkey(language: Language, passkey: Passkey) -> dict[str, object]:
    return {
        "id": passkey.id,
        "name": passkey.name,
        "is_synced": passkey.is_synced,
        "added_at": language.date_and_time(passkey.created_at),
        "used_at": _moment(language, passkey.used_at),
    }


def _card(language: Language, card: CitizenCard) -> dict[str, object]:
    added_at, used_at = language.date_and_time(card.created_at), _moment(language, card.used_at)
    return {"id": card.id, "added_at": added_at, "used_at": used_at}


def _moment(language: Language, at: Instant | None) -> str | None:
    return None if at is None else str(language.date_and_time(at))
