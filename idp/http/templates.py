"""The Jinja environment of every page: what a template may say, in whose look, for which city."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from idp.http.icons import Icons
from idp.http.languages import CHINESE, LANGUAGES, Language
from idp.http.return_path import display_url, way_back
from idp.http.static_files import StaticFiles

if TYPE_CHECKING:
    from jinja2 import Environment

Mode = Literal["standard", "elder", "xl"]
"""Size of text and targets: 18, 24 or 30 px."""

Theme = Literal["auto", "light", "dark"]
"""Colours: the device's choice, or the person's."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one visitor sees pages."""

    language: Language = CHINESE
    mode: Mode = "standard"
    theme: Theme = "auto"


@dataclass(frozen=True, slots=True)
class City:
    """The city that runs the service, in one language."""

    name: str
    service_name: str
    hall_name: str
    hall_hours: str
    hall_address: str
    hotline: str
    hotline_hours: str
    home: str
    """Where a person goes who is not on the way to any app."""


class Templates:
    """Renders pages by the name of their template.

    Args:
        static_files: where the stylesheet and scripts are found.
        city: the city's words by language tag; a language without its own reads those of Chinese.
    """

    def __init__(self, static_files: StaticFiles, city: Mapping[str, City]) -> None:
        self._static_files = static_files
        self._city = city

    def render(self, template_name: str, look: Look, /, *, here: str, **context: object) -> str:
        """The page as HTML.

        Args:
            template_name: a file in `templates/`; its head says which context it needs.
            look: language, size and colours of this visitor.
            here: path and query a GET of which shows this page again; the display links lead back to it.
            context: the values the template names.

        Raises:
            jinja2.UndefinedError: a value is missing.
            MissingTextError: a text is missing in the look's language.
        """
        return _environment().get_template(template_name).render(context, **self._words(look, here))

    def _words(self, look: Look, here: str) -> dict[str, object]:
        city = self._city.get(look.language.tag, self._city[CHINESE.tag])
        city_words = {
            "city": city.name,
            "service": city.service_name,
            "hall": city.hall_name,
            "hours": city.hotline_hours,
            "hotline": city.hotline,
        }

        def phrases(key: str, **values: object) -> list[Markup]:
            return look.language.phrases(key, **{**city_words, **values})

        def text(key: str, **values: object) -> Markup:
            found = phrases(key, **values)
            return found[0] if len(found) == 1 else Markup().join(found)

        def display(**choice: str) -> str:
            return display_url(leads_back, **choice)

        leads_back, icons = way_back(here), Icons()
        return {
            "static_url": self._static_files.url,
            "look": look,
            "is_account": here == "/me" or here.startswith(("/me/", "/me?")),
            "city": city,
            "languages": LANGUAGES,
            "t": text,
            "phrases": phrases,
            "display": display,
            "icon": icons.icon,
            "level_glyph": icons.level,
            "sprite": icons.sprite,
        }


@cache
def _environment() -> "Environment":
    """One for the process: its templates are files of this package, and what they are compiled to knows no city."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # loads with the first page

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_refuse_none,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _refuse_none(value: Any) -> Any:
    """A page that would say "None" is a page with a mistake."""
    if value is None:
        raise TypeError("a template tried to show None")
    return value
