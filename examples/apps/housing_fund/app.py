"""The pages of the housing fund, and the four addresses that signing in and out needs."""

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from .account import yuan
from .configuration import Configuration
from .identity_provider import IdentityProvider
from .pages import notice, pages
from .refusal import IdentityProviderUnavailable, SignInRefused
from .sessions import MemorySessions
from .sign_in import sign_in


def create_app(configuration: Configuration) -> Flask:
    """The whole app as one WSGI callable."""
    app = Flask(__name__)
    app.config["PREFERRED_URL_SCHEME"] = urlsplit(configuration.base_url).scheme
    app.extensions["configuration"] = configuration
    app.extensions["identity_provider"] = IdentityProvider(configuration)
    app.session_interface = MemorySessions()
    app.jinja_env.filters["yuan"] = yuan
    app.register_blueprint(pages)
    app.register_blueprint(sign_in)
    app.before_request(_use_our_own_address)
    app.after_request(_protect)
    app.register_error_handler(SignInRefused, _refused)
    app.register_error_handler(IdentityProviderUnavailable, _unavailable)
    app.register_error_handler(HTTPException, _not_here)
    return app


def _use_our_own_address() -> AnyResponse | None:
    """Lead a visitor who used another name of this machine to ours: cookies and the callback belong to one name.

    The identity provider brings no cookies, and may know us by an address inside the network.
    """
    base_url: str = current_app.extensions["configuration"].base_url
    if request.host == urlsplit(base_url).netloc or request.path == "/backchannel-logout":
        return None
    return redirect(base_url + (request.full_path if request.query_string else request.path))


def _protect(response: Response) -> Response:
    """Nothing is stored, framed, scripted or loaded from elsewhere; forms lead here and to the identity provider."""
    issuer = urlsplit(current_app.extensions["configuration"].issuer)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {issuer.scheme}://{issuer.netloc}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(refusal: Exception) -> tuple[str, int]:
    assert isinstance(refusal, SignInRefused)
    current_app.logger.warning("sign-in refused: %s %s", refusal.code, type(refusal.__cause__).__name__)
    return notice("没有登录", "Nobody was signed in", refusal), 400


def _unavailable(reason: Exception) -> tuple[str, int]:
    current_app.logger.warning("identity provider: %s", reason)
    refusal = SignInRefused("temporarily_unavailable", "Yizheng did not answer; please try again in a minute")
    return notice("一证暂时没有回应", "Yizheng is not answering", refusal), 503


def _not_here(error: Exception) -> tuple[str, int]:
    assert isinstance(error, HTTPException)
    return notice("没有这一页", error.name), error.code or 500
