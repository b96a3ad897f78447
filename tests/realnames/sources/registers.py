"""Each way of asking a source, in one table: what is asked, and what the sandbox authority knows of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from pydantic import SecretStr

from idp.clock import Instant, system_clock
from idp.fetch import Fetcher
from idp.model.account import Identifier, IdentifierKind
from idp.ports import (
    ClaimedPerson,
    FaceRequest,
    NetworkIdentityRequest,
    ReadingQuestion,
    ReadingRefused,
    SourceTransaction,
)
from realnames.sources import (
    sandbox_authority,
    sandbox_bank_accounts,
    sandbox_company_register,
    sandbox_network_identity,
    sandbox_population_register,
)
from realnames.sources.authority_settings import PageSettings
from realnames.sources.card_reader import CardReaderSettings, TerminalCardReader
from realnames.sources.sandbox_settings import SandboxSettings
from tests.realnames.sources.authority_program import RETURN_ORIGIN, AuthorityProgram
from tests.realnames.sources.toy_authority import CLIENT, TOKEN, random43

SECONDS = 1.0
"""That a source may take here; a slow one takes two."""


def person(name: str, number: str, kind: IdentifierKind = IdentifierKind.CITIZEN_ID) -> ClaimedPerson:
    return ClaimedPerson(name, Identifier(kind, number))


ZHANG = person("张小三", "890101199003070011")
SUN = person("孙立群", "890101197102170131")
WU = person("吴海涛", "890101197803300170")
FATHER = person("刘建国", "890101198209220076")
CHILD = person("刘子涵", "890101201406010080")
DEAD = person("李长寿", "890101195004040289")
RARE = person("周䶮", "890101198001010264")
RARER = person("𠅤某", "890101197207220270")
LONG = person("阿卜杜热合曼·吾守尔·买买提依明·肉孜·伊斯坎代尔", "890103196812120110")
PERMIT = person("何志明", "M00000000", IdentifierKind.HK_MACAU_TRAVEL_PERMIT)
STRANGER = person("测试人", "890101198001010010")
ZHANG_PHONE, ZHANG_CARD = "+8613800000001", "6200000000000000018"
SOFTWARE, CLOSED = "91890101MA0000015M", "91890102MA0000031R"


@dataclass(frozen=True)
class Told:
    """What came of a question, whatever kind of source was asked."""

    outcome: str
    why: str = ""


@dataclass
class City:
    """Every source of the sandbox, over one program."""

    program: AuthorityProgram
    bridge: str
    terminals: Path

    def __post_init__(self) -> None:
        fetcher = Fetcher(frozenset({self.program.url}), timeout=SECONDS)
        settings = SandboxSettings(url=self.program.url, token=SecretStr(TOKEN), client=CLIENT)
        face = PageSettings(
            url=self.program.url,
            token=SecretStr(TOKEN),
            client=CLIENT,
            issuer="urn:yizheng:sandbox:authority",
            name="沙箱实人核验中心",
        )
        self.population = sandbox_population_register.build(settings, fetcher, system_clock)
        self.company = sandbox_company_register.build(settings, fetcher, system_clock)
        self.bank = sandbox_bank_accounts.build(settings, fetcher, system_clock)
        self.net_id = sandbox_network_identity.build(settings, fetcher, system_clock)
        self.face = sandbox_authority.SOURCE.build(face, fetcher, system_clock)
        self.reader = TerminalCardReader(
            CardReaderSettings(terminals=self.terminals, client=RETURN_ORIGIN, bridge=self.bridge)
        )

    # ── the two that take their time, and the one that is verified here, asked in one go ──

    def face_of(self, asked: ClaimedPerson, choice: str = "match") -> Told:
        request = FaceRequest(
            **_common(), name=asked.name, citizen_number=asked.document.value, return_url=f"{RETURN_ORIGIN}/back"
        )
        ticket = self.face.begin(request)
        if ticket is None:
            return Told("down")
        self.program.choose(ticket.url, choice)
        verdict = self.face.verdict(_transaction(request, ticket))
        return Told(verdict.outcome.value, verdict.why)

    def net_id_of(
        self, asked: ClaimedPerson | None, choice: str = "high", holder: ClaimedPerson = ZHANG, shown_code: str = ""
    ) -> Told:
        request = NetworkIdentityRequest(
            **_common(), person=asked, return_url=f"{RETURN_ORIGIN}/back", shown_code=shown_code
        )
        ticket = self.net_id.begin(request)
        if ticket is None:
            return Told("down")
        if ticket.url:
            self.program.choose(ticket.url, choice, holder=holder.document.value)
        result = self.net_id.result(_transaction(request, ticket))
        return Told(result.outcome.value, result.why)

    def read_card(self, holder: ClaimedPerson) -> Told:
        """Put the card on the reader, as at its page, and ask as a desk's page would."""
        question = ReadingQuestion(
            transaction=random43(), nonce=random43(), terminal="sandbox-desk-1", asked_at=system_clock()
        )
        self.program.put_card(holder.document.value)
        statement = self.bridge_reads(question)
        if statement is None:
            return Told("down")
        try:
            self.reader.reading(statement, question, system_clock())
        except ReadingRefused as refused:
            return Told(refused.fault.value, str(refused))
        return Told("match")

    def bridge_reads(self, question: ReadingQuestion, origin: str = RETURN_ORIGIN) -> str | None:
        wish = json.dumps({"transaction": question.transaction, "nonce": question.nonce}).encode()
        headers = {"Content-Type": "application/json", "Origin": origin}
        try:
            with urlopen(Request(f"{self.bridge}/readings", wish, headers), timeout=SECONDS) as answer:
                return str(json.loads(answer.read())["reading"])
        except OSError:  # an error of HTTP is one, too
            return None


def _common() -> dict[str, Any]:
    return {
        "transaction": random43(),
        "nonce": random43(),
        "subject_key": random43(),
        "purpose": "确认您是谁",
        "language": "zh-CN",
        "consented_at": system_clock(),
    }


def _transaction(request: FaceRequest | NetworkIdentityRequest, ticket: Any) -> SourceTransaction:
    return SourceTransaction(
        ours=request.transaction,
        theirs=ticket.transaction,
        nonce=request.nonce,
        subject_digest=ticket.subject_digest,
        begun_at=Instant(system_clock()),
    )


def told(answer: Any) -> Told:
    return Told(answer.outcome.value, answer.why)


@dataclass(frozen=True)
class Way:
    """One way of asking: at which register, and how."""

    register: str
    ask: Callable[[City], Told]


WAYS: Mapping[str, Way] = {
    "two elements": Way("population", lambda city: told(city.population.two_elements(ZHANG))),
    "three elements": Way("population", lambda city: told(city.population.three_elements(ZHANG, ZHANG_PHONE))),
    "guardian": Way("population", lambda city: told(city.population.guardian_of(FATHER, CHILD))),
    "organization": Way("company", lambda city: told(city.company.organization(SOFTWARE))),
    "representative": Way("company", lambda city: told(city.company.legal_representative(SOFTWARE, SUN))),
    "four elements": Way("bank", lambda city: told(city.bank.four_elements(ZHANG, ZHANG_PHONE, ZHANG_CARD))),
    "net id": Way("net-id", lambda city: city.net_id_of(ZHANG)),
    "net id, nobody named": Way("net-id", lambda city: city.net_id_of(None)),
    "face": Way("face", lambda city: city.face_of(ZHANG)),
    "card": Way("card-reader", lambda city: city.read_card(ZHANG)),
}
SYNCHRONOUS = [name for name, way in WAYS.items() if way.register in {"population", "company", "bank"}]
