"""The authority's pages for people: one in front of each transaction, the reader's desk, and home."""

import json
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.authority.face import FaceRegister
    from examples.authority.network_identity import LEVELS, NetworkIdentityRegister
    from examples.authority.records import Organization, Person, Records
    from examples.authority.transactions import Transaction
else:  # run by its path, it finds them beside it
    from face import FaceRegister
    from network_identity import LEVELS, NetworkIdentityRegister
    from records import Organization, Person, Records
    from transactions import Transaction

FOLDER = Path(__file__).parent
PAGE = Template((FOLDER / "page.html").read_text("utf-8"))
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))


def language_of(accepted: str) -> str:
    """Of the two that there are."""
    return "zh-CN" if accepted.lower().startswith("zh") else "en"


def render_face(register: FaceRegister, transaction: Transaction) -> str:
    """Whom and what for, and a button for each thing that may come of it."""
    texts = texts_of(transaction.language)
    person = transaction.order["person"]
    buttons = "".join(_button(choice, texts[f"choice_{choice}"]) for choice in register.choices(transaction))
    body = (
        f"<p>{texts['about']}</p>{_masked(person['name'], person['citizen_number'])}"
        f"<p>{escape(transaction.purpose)}</p>"
        f'<form action="/face/{transaction.page}" method="post">{buttons}</form>'
    )
    return page(transaction.language, "face", body)


def render_net_id(register: NetworkIdentityRegister, transaction: Transaction) -> str:
    """What for, whose net id is shown, and a button for each way of showing it."""
    texts = texts_of(transaction.language)
    asked = transaction.order.get("person")
    about = (
        "" if asked is None else f"<p>{texts['net_id_about']}</p>{_masked(asked['name'], asked['document']['number'])}"
    )
    options = "".join(
        f'<option value="{each.number}">{escape(each.name)}</option>' for each in register.holders(transaction)
    )
    buttons = "".join(_button(level, texts[f"net_id_{level}"]) for level in LEVELS)
    buttons += _button("not_found", texts["net_id_none"]) + _button("cancel", texts["choice_cancel"])
    body = (
        f"{about}<p>{escape(transaction.purpose)}</p>"
        f'<form action="/net-id/pages/{transaction.page}" method="post">'
        f'<p><label for="holder">{texts["net_id_holder"]}</label> <select id="holder" name="holder">{options}</select></p>'
        f"{buttons}</form>"
    )
    return page(transaction.language, "net_id", body)


def render_desk(records: Records, lying: Person | None, language: str) -> str:
    """The reader: which card lies there, and all cards that there are."""
    texts = texts_of(language)
    held = texts["reader_empty"] if lying is None else texts["reader_has"].format(card=escape(lying.name))
    buttons = "".join(
        f'<button name="card" value="{each.number}">{escape(each.name)} · {_dates(each, texts)}</button>'
        for each in records.people.values()
        if each.card
    )
    body = f'<p class="person">{held}</p><form action="/reader" method="post">{_button("", texts["reader_take"], "card")}{buttons}</form>'
    return page(language, "reader", body)


def render_home(records: Records, faults: dict[str, str], language: str) -> str:
    """What this is, what it knows, and how it misbehaves at the moment."""
    texts = texts_of(language)
    people = "".join(_person_row(each, texts) for each in records.people.values())
    organizations = "".join(_organization_row(each, records) for each in records.organizations.values())
    state = " · ".join(f"{register}: <b>{escape(kind)}</b>" for register, kind in faults.items())
    body = (
        f"<p>{texts['home']}</p><p>{texts['now']} {state}</p>"
        f'<p><a href="/reader">{texts["reader_link"]}</a></p>'
        f"<h2>{texts['people']}</h2>{_table(texts['people_head'], people)}"
        f"<h2>{texts['organizations']}</h2>{_table(texts['organizations_head'], organizations)}"
    )
    return page(language, "home", body)


def texts_of(language: str) -> dict[str, str]:
    """Those of a language, or English ones."""
    return TEXTS.get(language, TEXTS["en"])


def page(language: str, name: str, body: str) -> str:
    """A whole page."""
    texts = texts_of(language)
    shown = {"title": texts[f"{name}_title"], "lead": texts[f"{name}_lead"], "note": texts["note"]}
    return PAGE.substitute(shown, lang=language if language in TEXTS else "en", body=body)


def _button(value: str, text: str, name: str = "choice") -> str:
    return f'<button type="submit" name="{name}" value="{value}">{text}</button>'


def _masked(name: str, number: str) -> str:
    """The first character of the one, first and last of the other."""
    hidden = f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"
    return f'<p class="person">{escape(name[:1])}** · {escape(hidden)}</p>'


def _dates(person: Person, texts: dict[str, str]) -> str:
    return f"{person.card['valid_from']} – {person.card['valid_until'] or texts['for_life']}"


def _person_row(person: Person, texts: dict[str, str]) -> str:
    signs = [texts["deceased"]] * person.is_deceased + [texts["child"]] * bool(person.guardians)
    code = f'<a href="/net-id/codes/{person.number}">{texts["code"]}</a>' if person.net_id else "–"
    cells = (person.number, person.phone or "–", person.bank_card or "–", code, " · ".join(signs) or "–")
    return f'<tr><th scope="row">{escape(person.name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _organization_row(organization: Organization, records: Records) -> str:
    representative = records.people.get(organization.representative)
    name = organization.representative if representative is None else representative.name
    cells = (organization.code, organization.status, name, organization.since)
    return f'<tr><th scope="row">{escape(organization.name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'


def _table(head: str, rows: str) -> str:
    columns = "".join(f'<th scope="col">{each}</th>' for each in head.split("|"))
    return f'<div class="wide"><table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>'
