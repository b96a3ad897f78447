"""The card office's bridge, by `docs/contracts/card_bridge.json`: what it answers, whom, and what it has the card sign."""

import ast
import base64
import json
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from examples.citizen_card.office import PIN_POLICY
from idp.cli import demo_city
from idp.jose import from_base64url
from tests.examples.card_program import PIN, PROGRAM, ROOT, CardDesk, card_desk
from tests.plugins.server_processes import free_port

CONTRACT = json.loads((ROOT / "docs" / "contracts" / "card_bridge.json").read_text("utf-8"))
ORIGIN = "https://id.city.example"
WISH = {"challenge": "A" * 54, "purpose": "sign-in", "pin": PIN}
Answer = tuple[int, dict[str, str], Any]


def resolve(value: Any) -> Any:
    """What a local reference points to (RFC 6901)."""
    if "$ref" not in value:
        return value
    found: Any = CONTRACT
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolve(found)


def check(schema: str, value: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **CONTRACT}).validate(value)


def ask(desk: CardDesk, method: str, path: str, body: object = None, **fields: str) -> Answer:
    """One request; its answer must be of the contract, with every header that it promises."""
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in fields.items()
    }
    connection = HTTPConnection("127.0.0.1", desk.bridge_port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    for field, text in {**headers, "Content-Length": str(len(content))}.items():
        if text:
            connection.putheader(field, text)
    connection.endheaders(content)
    answer = connection.getresponse()
    body_told, told = answer.read(), dict(answer.getheaders())
    connection.close()
    promised = resolve(CONTRACT["paths"][path][method.lower()]["responses"][str(answer.status)])
    for field, header in promised.get("headers", {}).items():
        assert field in told or not header.get("required"), field
    value = json.loads(body_told) if body_told else None
    if "content" in promised:
        check(promised["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2], value)
    if answer.status in {403, 421}:
        assert "Access-Control-Allow-Origin" not in told
    else:
        assert told["Access-Control-Allow-Origin"] == ORIGIN
    assert told["Vary"] == "Origin"
    return answer.status, told, value


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CardDesk]:
    with card_desk(tmp_path / "cards", free_port(), ORIGIN, "张三") as desk:
        desk.does("put", "张三")
        yield desk


def test_the_contract_is_openapi_with_schemas_that_are_some() -> None:
    assert CONTRACT["openapi"].startswith("3.1")
    for schema in CONTRACT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    check("Wish", WISH)


def test_it_tells_what_is_there(desk: CardDesk) -> None:
    """Mutations: the card of an unplugged reader; another terminal each time."""

    def seen() -> tuple[bool, bool]:
        told = ask(desk, "GET", "/terminal")[2]
        names.add(told["terminal"])
        return told["reader"], told["card"]

    names: set[str] = set()
    assert seen() == (True, True)
    desk.does("unplug")
    assert seen() == (False, False)
    desk.does("plug")
    desk.does("take")
    assert seen() == (True, False)
    assert len(names) == 1


@pytest.mark.parametrize("purpose", ["sign-in", "add"])
def test_the_card_signs_what_the_bridge_says(desk: CardDesk, purpose: str) -> None:
    """The origin is the header's. Mutations: the page's word; another curve or form of signature; no policy."""
    told = ask(desk, "POST", "/signatures", {**WISH, "purpose": purpose})[2]
    statement = from_base64url(told["statement"])
    said = json.loads(statement)
    check("Statement", said)
    terminal = ask(desk, "GET", "/terminal")[2]["terminal"]
    assert said == {"purpose": purpose, "challenge": WISH["challenge"], "origin": ORIGIN, "terminal": terminal}
    certificate = x509.load_der_x509_certificate(base64.b64decode(told["certificate"]))
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate((desk.folder / "issuer.pem").read_bytes()))
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [each.policy_identifier.dotted_string for each in policies] == [PIN_POLICY]
    raw, key = from_base64url(told["signature"]), certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(signature, statement, ec.ECDSA(SHA256()))


def test_wrong_pins_are_counted_over_restarts(tmp_path: Path) -> None:
    """Mutations: counted by the bridge; a locked card signs; a right PIN does not begin anew."""
    folder, wrong, right = tmp_path / "cards", {**WISH, "pin": "0000"}, WISH

    def tried(desk: CardDesk, wish: object) -> tuple[int, object, object]:
        status, _, told = ask(desk, "POST", "/signatures", wish)
        return status, told.get("error"), told.get("tries_left")

    with card_desk(folder, free_port(), ORIGIN, "张三") as desk:
        desk.does("put", "张三")
        assert tried(desk, wrong) == (422, "wrong_pin", 2)
        assert tried(desk, right)[0] == 200
        assert [tried(desk, wrong)[2] for _ in range(2)] == [2, 1]
    with card_desk(folder, free_port(), ORIGIN) as desk:
        desk.does("put", "张三")
        assert tried(desk, wrong) == (422, "pin_blocked", 0)
        assert tried(desk, right) == (422, "pin_blocked", 0)
        desk.does("unlock", "张三")
        assert tried(desk, right)[0] == 200


def test_what_is_missing_is_told_and_costs_no_try(desk: CardDesk) -> None:
    def word() -> tuple[int, str]:
        status, _, told = ask(desk, "POST", "/signatures", {**WISH, "pin": "0000"})
        return status, told["error"]

    desk.does("unplug")
    assert word() == (409, "no_reader")
    desk.does("plug")
    desk.does("take")
    assert word() == (409, "no_card")
    desk.does("put", "张三")
    desk.does("take_early")
    assert word() == (409, "card_removed")
    assert word() == (409, "no_card")
    desk.does("put", "张三")
    assert ask(desk, "POST", "/signatures", {**WISH, "pin": "0000"})[2]["tries_left"] == 2


STRANGERS = ["https://evil.test", "null", "https://id.city.example.evil.test", "http://id.city.example", ""]


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/terminal"), ("POST", "/signatures"), ("OPTIONS", "/terminal"), ("OPTIONS", "/signatures")],
)
def test_no_other_origin_gets_anything(desk: CardDesk, method: str, path: str, origin: str) -> None:
    """Nor a try of the PIN. Mutations: an origin that ends like ours; none at all; the preflight is for everybody."""
    wish = {**WISH, "pin": "0000"} if method == "POST" else None
    assert ask(desk, method, path, wish, Origin=origin)[0] == 403
    assert '"tries_left": 3' in (desk.folder / "cards.json").read_text("utf-8")


def test_a_name_that_somebody_pointed_here_gets_nothing(desk: CardDesk) -> None:
    """DNS rebinding. Mutation: any Host."""
    assert ask(desk, "GET", "/terminal", Host="evil.test")[0] == 421


def test_a_browser_is_let_through_before_it_calls(desk: CardDesk) -> None:
    """Mutation: Chromium asks for the private network and hears nothing of it."""
    status, told, _ = ask(desk, "OPTIONS", "/signatures", Access_Control_Request_Private_Network="true")
    assert status == 204
    assert told["Access-Control-Allow-Private-Network"] == "true"
    assert told["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Private-Network" not in ask(desk, "OPTIONS", "/signatures")[1]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", b"[]", b"null", b"[" * 9000, b"\xff", {**WISH, "origin": "https://evil.test"}, {**WISH, "pin": "12"},
        {**WISH, "pin": 123456}, {**WISH, "pin": "１２３４５６"}, {**WISH, "purpose": "pay"}, {**WISH, "challenge": "A"},
        {**WISH, "challenge": "A" * 87}, {**WISH, "purpose": []}, {"challenge": "A" * 54}, b"x" * 20_000,
    ],
)  # fmt: skip
def test_what_is_no_wish_is_refused_and_costs_no_try(desk: CardDesk, body: object) -> None:
    """Mutations: the page names the origin; a PIN of other digits."""
    status, _, told = ask(desk, "POST", "/signatures", body)
    assert (status, told["error"]) == (400, "invalid_request")
    assert '"tries_left": 3' in (desk.folder / "cards.json").read_text("utf-8")


def test_a_form_of_another_site_moves_no_card(desk: CardDesk) -> None:
    page = HTTPConnection("localhost", int(desk.page.rpartition(":")[2]), timeout=10)
    for origin in ("https://evil.test", "null"):
        fields = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        page.request("POST", "/", "act=take", fields)
        assert page.getresponse().status == 403
        page.close()
    assert ask(desk, "GET", "/terminal")[2]["card"]


def test_its_page_is_in_both_languages_and_says_what_is_on_the_reader(desk: CardDesk) -> None:
    page = HTTPConnection("localhost", int(desk.page.rpartition(":")[2]), timeout=10)
    for language, sentence in (("zh-CN", "上面是 张三 的卡。"), ("en", "The card of 张三 is on it.")):
        page.request("GET", f"/?lang={language}")
        shown = page.getresponse().read().decode()
        assert sentence in shown
        assert "$" not in shown
    page.close()
    texts = json.loads((PROGRAM.parent / "texts.json").read_text("utf-8"))
    assert texts["en"].keys() == texts["zh-CN"].keys()


def test_it_is_a_program_of_its_own() -> None:
    """Mutation: it imports what it is to test."""
    names = {path.stem for path in PROGRAM.parent.glob("*.py")}
    own = {*names, *(f"examples.citizen_card.{name}" for name in names), "cryptography"}
    for path in PROGRAM.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in found:
                assert name in own or name.partition(".")[0] in {*sys.stdlib_module_names, "cryptography"}, name


def test_the_demo_trusts_its_policy() -> None:
    assert demo_city.CARD_PIN_POLICY == PIN_POLICY
