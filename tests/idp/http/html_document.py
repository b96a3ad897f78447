"""A rendered page taken apart, with a complaint when its tags are not nested as they should be."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """One start tag with its attributes and the text inside it."""

    tag: str
    attributes: dict[str, str | None]
    ancestors: list["Element"]
    text: str = ""


@dataclass
class Document(HTMLParser):
    """A page taken apart, and whether its tags are nested as they should be."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []
        self.feed(self.html)
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute stands twice on {tag}"
        self.elements.append(Element(tag, dict(attrs), list(self._open)))
        if tag not in {"meta", "link", "input", "br", "img"}:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), list(self._open)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"{tag} closed out of order"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def ids(self) -> list[str]:
        return [value for element in self.elements if (value := element.attributes.get("id"))]

    def by_id(self, identifier: str) -> Element:
        return next(element for element in self.elements if element.attributes.get("id") == identifier)
