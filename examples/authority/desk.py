"""Where everything is asked: the contracts' paths, people's pages, and what whoever demonstrates may order."""

import hmac
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from examples.authority import pages
    from examples.authority.bank import bank_register
    from examples.authority.card_reader import Reader
    from examples.authority.company import company_register, today
    from examples.authority.face import FaceRegister
    from examples.authority.listener import Handler, HangUpError, Listener, RequestError
    from examples.authority.network_identity import NetworkIdentityRegister
    from examples.authority.population import population_register
    from examples.authority.records import Records, person_of
    from examples.authority.state import REGISTERS, Faults
    from examples.authority.transactions import Transaction, TransactionRegister
else:  # run by its path, it finds them beside it
    import pages
    from bank import bank_register
    from card_reader import Reader
    from company import company_register, today
    from face import FaceRegister
    from listener import Handler, HangUpError, Listener, RequestError
    from network_identity import NetworkIdentityRegister
    from population import population_register
    from records import Records, person_of
    from state import REGISTERS, Faults
    from transactions import Transaction, TransactionRegister

MAX_SLOWNESS_SECONDS = 60
NAMES = "urn:yizheng:sandbox"
HTML = "text/html; charset=utf-8"


class Authority(Listener):
    """The listening program."""

    def __init__(self, port: int, token: str, return_origins: frozenset[str], reader: Reader | None) -> None:
        self.token = token
        self.return_origins = return_origins
        self.reader = reader
        self.faults = Faults()
        self.records = Records()
        self.faces = FaceRegister(f"{NAMES}:authority")
        self.net_ids = NetworkIdentityRegister(self.records, f"{NAMES}:net-id")
        self.registers = {
            "population": population_register(self.records, f"{NAMES}:population"),
            "company": company_register(self.records, f"{NAMES}:company"),
            "bank": bank_register(self.records, f"{NAMES}:bank"),
        }
        super().__init__(port, DeskHandler)


class DeskHandler(Handler):
    """One connection."""

    server: Authority

    def respond(self) -> None:
        """By the whole path, or by the folder and the name in it."""
        path = self.path.partition("?")[0]
        if (route := ROUTES.get((self.command, path))) is not None:
            return route(self)
        folder, _, name = path.rpartition("/")
        if (named := NAMED_ROUTES.get((self.command, folder))) is not None:
            return named(self, name)
        register = self.server.registers.get(folder.strip("/"))
        if register is not None and self.command == "POST" and register.asks(name.replace("-", "_")):
            return self.answer_question(folder.strip("/"), name.replace("-", "_"))
        if register is not None and self.command == "GET" and name == "jwks":
            self._meet_fault(folder.strip("/"))
            return self.send_json(HTTPStatus.OK, register.keys())
        code = path.removeprefix("/companies/").removesuffix("/representative")
        if self.command == "POST" and path == f"/companies/{code}/representative":
            return self.appoint(code)
        raise RequestError(HTTPStatus.NOT_FOUND, "not_found")

    # ── the contracts ──

    def answer_question(self, register: str, name: str) -> None:
        """POST of one question to population register, company register or bank."""
        self._check_token()
        fault = self._meet_fault(register, signs=True)
        asked, order = self.server.registers[register], self.read_object()
        if problem := asked.problem_with(name, order, self.headers["Idempotency-Key"]):
            raise RequestError(HTTPStatus.BAD_REQUEST, problem)
        answer = asked.answer(name, order, fault)
        if answer is None:
            raise RequestError(HTTPStatus.CONFLICT, "id_used_for_another_question")
        self.send_json(HTTPStatus.OK, {"answer": answer})

    def begin(self, register: str, transactions: TransactionRegister, pages_at: str) -> None:
        """POST …/transactions of both contracts that have them."""
        self._check_token()
        self._meet_fault(register)
        order = self.read_object()
        if problem := transactions.problem_with(order, self.headers["Idempotency-Key"]):
            raise RequestError(HTTPStatus.BAD_REQUEST, problem)
        if "return_url" in order and origin_of(order["return_url"]) not in self.server.return_origins:
            raise RequestError(HTTPStatus.BAD_REQUEST, "return_url_not_registered")
        transaction = transactions.begin(order)
        if transaction is None:
            raise RequestError(HTTPStatus.CONFLICT, "id_used_for_another_transaction")
        url = {"url": f"http://{self.headers['Host']}{pages_at}/{transaction.page}"} if "return_url" in order else {}
        self.send_json(HTTPStatus.CREATED, {"transaction": transaction.id, "expires_at": transaction.expires_at, **url})

    def read(self, register: str, transactions: TransactionRegister, name: str) -> None:
        """GET …/transactions/{transaction}."""
        self._check_token()
        state = transactions.state(name, self._meet_fault(register, signs=True))
        if state is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_such_transaction")
        self.send_json(HTTPStatus.OK, state)

    def tell_keys(self, register: str, transactions: TransactionRegister) -> None:
        """GET …/jwks."""
        self._meet_fault(register)
        self.send_json(HTTPStatus.OK, transactions.keys())

    # ── pages ──

    def show_face(self, page: str) -> None:
        """GET /face/{page}."""
        transaction = self._transaction_at(self.server.faces, page)
        self._send_page(pages.render_face(self.server.faces, transaction), transaction)

    def show_net_id(self, page: str) -> None:
        """GET /net-id/pages/{page}."""
        transaction = self._transaction_at(self.server.net_ids, page)
        self._send_page(pages.render_net_id(self.server.net_ids, transaction), transaction)

    def take_choice(self, transactions: TransactionRegister, page: str) -> None:
        """POST of a page's form: back to whoever asked."""
        form = self.read_form()
        transaction = self._transaction_at(transactions, page)
        choice = transactions.choice_of(transaction, form)
        if not choice:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_choice")
        transactions.decide(transaction, choice)
        self.send_back(transaction.return_url)

    def show_code(self, number: str) -> None:
        """GET /net-id/codes/{number}: what an app would show."""
        holder = self.server.records.people.get(number)
        if holder is None or not holder.net_id:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_net_id")
        body = f'<p class="person" id="code">{self.server.net_ids.code_of(holder)}</p>'
        self._send_page(pages.page(self._language(), "codes", body))

    def show_reader(self) -> None:
        """GET /reader."""
        self._send_page(pages.render_desk(self.server.records, self._reader().card, self._language()))

    def put_card(self) -> None:
        """POST /reader card=…: this one lies there now; an empty one takes it away."""
        reader, number = self._reader(), self.read_form().get("card", "")
        holder = self.server.records.people.get(number)
        if number and (holder is None or not holder.card):
            raise RequestError(HTTPStatus.BAD_REQUEST, "no_such_card")
        reader.card = holder
        self.send_back("/reader")

    def show_home(self) -> None:
        """GET /: what this is, for whoever opens it."""
        self._send_page(pages.render_home(self.server.records, self.server.faults.kinds, self._language()))

    def send_stylesheet(self) -> None:
        """GET /authority.css."""
        self.send(HTTPStatus.OK, "text/css; charset=utf-8", (pages.FOLDER / "authority.css").read_bytes())

    # ── orders ──

    def set_fault(self) -> None:
        """POST /faults {"fault": kind, "register": one of them, "seconds": 5, "times": 0}: misbehave (see `Faults`).

        Without a register all of them do.
        """
        self._check_token()
        order: dict[str, Any] = {"seconds": 5, "times": 0, **self.read_object()}
        kind, seconds, times, register = order.get("fault"), order["seconds"], order["times"], order.get("register")
        is_known = kind in Faults.KINDS and register in {None, *REGISTERS}
        is_measured = type(seconds) in (int, float) and type(times) is int
        if not (is_known and is_measured) or not 0 <= seconds <= MAX_SLOWNESS_SECONDS or times < 0:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_fault")
        self.server.faults.set(REGISTERS if register is None else (register,), str(kind), seconds, times)
        self.send_json(HTTPStatus.OK, order)

    def add_person(self) -> None:
        """POST /people with what an entry of `people.json` has: somebody more, or the same one with other data."""
        self._check_token()
        order = self.read_object()
        try:
            self.server.records.add(person_of(order))
        except TypeError:
            raise RequestError(HTTPStatus.BAD_REQUEST, "bad_person") from None
        self.send_json(HTTPStatus.OK, order)

    def appoint(self, code: str) -> None:
        """POST /companies/{code}/representative {"number": …}: somebody else represents it from today on."""
        self._check_token()
        number = self.read_object().get("number")
        if not isinstance(number, str) or number not in self.server.records.people:
            raise RequestError(HTTPStatus.BAD_REQUEST, "no_such_person")
        if self.server.records.appoint(code, number, today()) is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_such_organization")
        self.send_json(HTTPStatus.OK, {"code": code, "number": number})

    def _reader(self) -> Reader:
        if self.server.reader is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_reader")
        return self.server.reader

    def _language(self) -> str:
        return pages.language_of(self.headers.get("Accept-Language", "zh"))

    def _send_page(self, page: str, transaction: Transaction | None = None) -> None:
        targets = "'self'" if transaction is None else f"'self' {origin_of(transaction.return_url)}"
        self.send(HTTPStatus.OK, HTML, page.encode(), targets)

    def _transaction_at(self, transactions: TransactionRegister, page: str) -> Transaction:
        transaction = transactions.at(page)
        if transaction is None or "return_url" not in transaction.order:
            raise RequestError(HTTPStatus.NOT_FOUND, "no_such_transaction")
        return transaction

    def _check_token(self) -> None:
        shown = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(shown, f"Bearer {self.server.token}".encode()):
            raise RequestError(HTTPStatus.UNAUTHORIZED, "bad_token")

    def _meet_fault(self, register: str, *, signs: bool = False) -> str:
        """The fault of this request; those of the line are met at once, those of an answer where it is signed."""
        fault, seconds = self.server.faults.next(register, signs=signs)
        if fault == "slow":
            time.sleep(seconds)
        if fault == "down":
            raise HangUpError
        if fault == "error":
            raise RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, "fault_ordered")
        return fault


ROUTES: dict[tuple[str, str], Callable[[DeskHandler], None]] = {
    ("POST", "/transactions"): lambda desk: desk.begin("face", desk.server.faces, "/face"),
    ("GET", "/jwks"): lambda desk: desk.tell_keys("face", desk.server.faces),
    ("POST", "/net-id/transactions"): lambda desk: desk.begin("net-id", desk.server.net_ids, "/net-id/pages"),
    ("GET", "/net-id/jwks"): lambda desk: desk.tell_keys("net-id", desk.server.net_ids),
    ("GET", "/"): DeskHandler.show_home,
    ("GET", "/authority.css"): DeskHandler.send_stylesheet,
    ("GET", "/reader"): DeskHandler.show_reader,
    ("POST", "/reader"): DeskHandler.put_card,
    ("POST", "/faults"): DeskHandler.set_fault,
    ("POST", "/people"): DeskHandler.add_person,
}
NAMED_ROUTES: dict[tuple[str, str], Callable[[DeskHandler, str], None]] = {
    ("GET", "/transactions"): lambda desk, name: desk.read("face", desk.server.faces, name),
    ("GET", "/net-id/transactions"): lambda desk, name: desk.read("net-id", desk.server.net_ids, name),
    ("GET", "/face"): DeskHandler.show_face,
    ("POST", "/face"): lambda desk, page: desk.take_choice(desk.server.faces, page),
    ("GET", "/net-id/pages"): DeskHandler.show_net_id,
    ("POST", "/net-id/pages"): lambda desk, page: desk.take_choice(desk.server.net_ids, page),
    ("GET", "/net-id/codes"): DeskHandler.show_code,
}


def origin_of(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
