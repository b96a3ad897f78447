"""What people see of the housing fund."""

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from .account import account_of
from .refusal import IdentityProviderUnavailable, SignInRefused
from .sign_in import send_to_sign_in

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> Response | str:
    """A person's account. Somebody unknown is first looked up at the identity provider without a question, once."""
    if person := session.get("person"):
        return render_template("home.html", person=person, account=account_of(person.subject))
    if session.pop("was_asked_silently", False):
        return render_template("signed_out.html")
    try:
        return send_to_sign_in(silently=True)
    except IdentityProviderUnavailable as reason:
        current_app.logger.warning("identity provider: %s", reason)
        return render_template("signed_out.html", is_unavailable=True)


@pages.get("/contributions")
def contributions() -> Response | str:
    """What was paid in, month by month."""
    if person := session.get("person"):
        return render_template("contributions.html", person=person, account=account_of(person.subject))
    return redirect(url_for("sign_in.login", next="/contributions"))


@pages.get("/signed-out")
def signed_out() -> Response | str:
    """Where signing out ends; only the state we sent tells that the identity provider has heard of it."""
    if "person" in session:
        return redirect("/")
    is_heard = request.args.get("state") == session.pop("leaving", "")
    return render_template("signed_out.html", has_left=True, is_heard=is_heard)


@pages.get("/health")
def health() -> str:
    """Whether this program runs; it asks nobody else."""
    return "ok"


def notice(title: str, title_in_english: str, refusal: SignInRefused | None = None) -> str:
    """A page that says what happened and leads back."""
    return render_template("notice.html", title=title, title_in_english=title_in_english, refusal=refusal)
