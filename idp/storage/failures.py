"""What becomes of an error of the database: a calm `Unavailable`, since drivers quote values in their texts."""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from idp.errors import Unavailable

PUBLIC = "The service cannot answer at this moment. Please try again shortly."


def unavailable(error: SQLAlchemyError) -> Unavailable:
    """The refusal for callers; its detail names the kind of failure (class and SQLSTATE), never a value."""
    return Unavailable(PUBLIC, detail=f"database: {_kind(error)}")


def _kind(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else None
    if cause is None:
        return type(error).__name__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
    return f"{type(cause).__name__} {code}".rstrip()
