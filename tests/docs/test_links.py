"""Links between documents lead somewhere, and modules that the architecture draws exist."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, blocks, text_of

DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
MODULE = re.compile(
    r"\b(?:endpoints|oauth|interaction|pages|policy|sessions|http|app|keys|storage|delivery)/[a-z_/0-9]+"
)


def anchors(document: Path) -> set[str]:
    """What a link may point to: headings, in the spelling of the places where such documents are read."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", document.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Mutation: rename a document without the links to it."""
    broken = []
    for target, anchor in LINK.findall(CODE.sub("", document.read_text("utf-8"))):
        path = document.parent / target if target else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def test_every_decision_is_in_the_index() -> None:
    records = {path.name for path in DOCS.glob("decisions/[0-9]*.md")}
    assert records == set(re.findall(r"\]\(([0-9][^)]+)\)", text_of("decisions/README.md")))


def test_the_architecture_draws_modules_that_exist() -> None:
    drawn = {found for block in blocks("architecture.md") for found in MODULE.findall(block.text)}
    assert len(drawn) > 15
    missing = [name for name in drawn if not ((ROOT / "idp" / f"{name}.py").exists() or (ROOT / "idp" / name).is_dir())]
    assert missing == []
