"""The HTML of a page, as far as an attacker's script looks at it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

ERROR_ID = "oidc-error"


@dataclass
class Form:
    """Where a form goes and which hidden fields it carries."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """A page with its forms, its ids, and the text of the protocol's error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self.error = ""
        self._is_in_error = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.ids.add(told.get("id", ""))
        self._is_in_error = told.get("id") == ERROR_ID
        if tag == "form":
            self.forms.append(Form(told["action"]))
        elif tag == "input" and told.get("type") == "hidden" and self.forms:
            self.forms[-1].hidden[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._is_in_error = False

    def handle_data(self, data: str) -> None:
        if self._is_in_error:
            self.error += data
