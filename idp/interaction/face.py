"""The second proof by face: begun by a consent of its own, ended by an authority's signed verdict, never a first proof."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts import guesses
from idp.accounts.comparison import PAUSE_SECONDS, TRIES, Begun, Impossible, Wish, pause_after
from idp.accounts.face_choice import FaceStanding, face_standing
from idp.accounts.source_budget import SourceBudget
from idp.accounts.tries import Paused, Wrong
from idp.clock import Instant, after
from idp.events import Action, Event, Kind
from idp.interaction.counting import Counted, Try
from idp.interaction.outcomes import Attempt, Gone, Outcome
from idp.interaction.proof import Proof, Proven
from idp.model.account import Account, Attributes, Identifier
from idp.model.interaction import progress_of
from idp.model.policy import Method
from idp.ports import FaceChecks, FaceOrder, FaceOutcome, FaceVerdict, SourceKind, UnitOfWork

_COUNTED = frozenset({FaceOutcome.MATCH, FaceOutcome.MISMATCH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Whose comparison it is, and for which sign-in: a verdict counts nowhere else."""

    interaction_id: str
    session_id: int
    account_id: int

    @property
    def words(self) -> str:
        """The same for whoever keeps what is under way."""
        return f"sign-in {self.interaction_id} {self.session_id} {self.account_id}"


@dataclass(frozen=True, slots=True)
class FaceUnfinished:
    """Nothing was proven, and nothing was got wrong: no try is counted."""

    outcome: FaceOutcome


class FaceProof(Proof):
    """A try is counted when a verdict is looked at, before it is known: parallel ones cannot outrun the counter (H02)."""

    def person(self, attempt: Attempt) -> Attributes | None:
        """Who would be compared; None: they are not to be offered it, or do not want it any more."""
        binding = _binding_of(attempt)
        if binding is None:
            return None
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(binding.account_id)
            standing = face_standing(self._services, unit_of_work, binding.account_id, stored)
        return stored if standing is FaceStanding.OFFERED else None

    def begin(self, attempt: Attempt, wish: Wish) -> Begun | Impossible | Paused:
        """Write the consent down, and only then tell the authority who is to be compared."""
        face, binding, stored = self._services.face, _binding_of(attempt), self.person(attempt)
        if face is None or binding is None or stored is None:
            return Impossible("not_offered")
        with self._services.begin() as unit_of_work:
            account = unit_of_work.accounts.get(binding.account_id)
            if account is None:
                return Impossible("not_offered")
            if paused := self._paused(unit_of_work, account, attempt):
                return paused
            known = face.under_way(binding.words)
            budget = SourceBudget(self._services, SourceKind.FACE, (str(account.id),), attempt.now)
            if known is None and not budget.spend():
                return Impossible("limit")
            consent = {**wish.consent, "provider": face.provider, "language": wish.language}
            unit_of_work.events.record(_event(Action.FACE_CONSENTED, attempt, account, consent))
            unit_of_work.commit()
        url = known or face.begin(_order(binding, stored, wish, attempt.now))
        if url is not None:
            return Begun(url)
        budget.give_back()
        return Impossible("down")

    def check(self, attempt: Attempt) -> Outcome | FaceUnfinished:
        """Read the verdict; the right one strengthens the session that it was begun for, and no other."""
        face, binding = self._services.face, _binding_of(attempt)
        if face is None or binding is None:
            return Gone()
        verdict = face.verdict(binding.words, attempt.now)
        with self._services.begin() as unit_of_work:
            account = unit_of_work.accounts.get(binding.account_id)
            if account is None:
                return Gone()
            if verdict.outcome not in _COUNTED:
                self._note(unit_of_work, account, attempt, (face, verdict))
                return FaceUnfinished(verdict.outcome)
            counted = self._counted(unit_of_work, account, attempt)
            if isinstance(counted, Paused):
                return counted
            told = _told(face, verdict)
            if verdict.outcome is FaceOutcome.MISMATCH:
                return self._mismatched(unit_of_work, account, counted, attempt, told)
            unit_of_work.events.record(_event(Action.FACE_CHECKED, attempt, account, told))
            return self._signed_in(unit_of_work, account, counted, attempt, Proven(Method.FACE))

    def _mismatched(
        self, unit_of_work: UnitOfWork, account: Account, counted: Counted, attempt: Attempt, told: Mapping[str, str]
    ) -> Outcome:
        checked = _event(Action.FACE_CHECKED, attempt, account, told, outcome=FaceOutcome.MISMATCH)
        unit_of_work.events.record(checked)
        outcome = self._wrong(unit_of_work, account, counted, attempt, "wrong_face")
        if isinstance(outcome, Paused):
            return outcome
        left = TRIES - _failures(unit_of_work, counted.subjects[-1])
        return Wrong(left) if left > 0 else Paused(after(attempt.now, PAUSE_SECONDS))

    def _note(
        self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt, said: tuple[FaceChecks, FaceVerdict]
    ) -> None:
        """Write down what the authority decided about its own register, and what was no verdict at all."""
        face, verdict = said
        if verdict.outcome in {FaceOutcome.NOT_FOUND, FaceOutcome.NO_PHOTO}:
            told = _told(face, verdict)
            checked = _event(Action.FACE_CHECKED, attempt, account, told, outcome=verdict.outcome)
            unit_of_work.events.record(checked)
        elif verdict.outcome is FaceOutcome.UNTRUSTED:
            told = {"provider": face.provider}
            unit_of_work.events.record(_event(Action.FACE_VERDICT_REFUSED, attempt, account, told, outcome=verdict.why))
        else:
            return
        unit_of_work.commit()

    def _paused(self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt) -> Paused | None:
        """Until when nobody is compared, without counting anything."""
        login, browser = progress_of(attempt.interaction), attempt.browser
        tried = Try(
            account=account,
            name=Identifier(login.kind, login.typed),
            unverified_cookie=browser.unverified_cookie,
            at=attempt.now,
            address=browser.address,
            factor=Method.FACE,
        )
        own = unit_of_work.guesses.get(self._subject(account, attempt))
        return self._counting.paused(unit_of_work, tried) or pause_after(own, attempt.now)

    def _counted(self, unit_of_work: UnitOfWork, account: Account, attempt: Attempt) -> Counted | Paused:
        """Count the try: the third mismatch ends it for an hour, after which there is one more, and one at a time.

        It stands on the person's own counter alone: whoever knows the password makes a browser known by it, as many as
        they like, and must not have tries on each.
        """
        subject = self._subject(account, attempt)
        own = unit_of_work.guesses.get(subject)
        if paused := pause_after(own, attempt.now):
            return paused
        counted = self._count(unit_of_work, account, attempt, Method.FACE)
        if isinstance(counted, Paused):
            return counted
        most = max(TRIES, 1 + (own.failures if own else 0))  # of the one reading that let it through
        if subject not in counted.subjects or _failures(unit_of_work, subject) > most:
            return Paused(after(attempt.now, PAUSE_SECONDS))
        return counted

    def _subject(self, account: Account, attempt: Attempt) -> bytes:
        login = progress_of(attempt.interaction)
        name = Identifier(login.kind, login.typed)
        return guesses.subject_of_factor(self._services.cipher, account, name, Method.FACE)


def _binding_of(attempt: Attempt) -> Binding | None:
    """Whose comparison it would be; None where no second proof by face is asked for: it is never a first one."""
    login, session = attempt.interaction.login, attempt.session
    if login is None or login.second is None or session is None or Method.FACE not in login.second.methods:
        return None
    if (login.second.session_id, login.account_id) != (session.id, session.account_id):
        return None
    return Binding(interaction_id=attempt.interaction.id, session_id=session.id, account_id=session.account_id)


def _order(binding: Binding, stored: Attributes, wish: Wish, now: Instant) -> FaceOrder:
    return FaceOrder(
        binding=binding.words,
        name=stored.name or "",
        citizen_number=stored.citizen_id or "",
        purpose=wish.purpose,
        language=wish.language,
        consented_at=now,
        return_url=wish.return_url,
    )


def _failures(unit_of_work: UnitOfWork, subject: bytes) -> int:
    stored = unit_of_work.guesses.get(subject)
    return 0 if stored is None else stored.failures


def _told(face: FaceChecks, verdict: FaceVerdict) -> Mapping[str, str]:
    """All that is kept of a comparison: no picture, no number, no score."""
    said = {"verdict": verdict.verdict_id, "liveness": verdict.liveness, "score_class": verdict.score_class}
    return {"provider": face.provider, **{name: value for name, value in said.items() if value}}


def _event(
    action: Action, attempt: Attempt, account: Account, data: Mapping[str, str], *, outcome: str = "ok"
) -> Event:
    return Event(
        kind=Kind.REFUSAL if action is Action.FACE_VERDICT_REFUSED else Kind.AUDIT,
        action=action,
        at=attempt.now,
        outcome=outcome,
        account_id=account.id,
        client_id=attempt.interaction.request.client_id,
        session_id=attempt.session.id if attempt.session else None,
        channel=attempt.channel.name,
        data=data,
    )
