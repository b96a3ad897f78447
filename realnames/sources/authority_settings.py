"""What all sources that answer over HTTP are told: where they are, who they say to be, and what we show them."""

import re
from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)  # RFC 6750 §2.1, b64token
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", re.ASCII)


def bearer_token(token: SecretStr) -> SecretStr:
    """The token, when it may stand in a header."""
    if _BEARER_TOKEN.fullmatch(token.get_secret_value()) is None:
        raise ValueError("not a bearer token (RFC 6750 §2.1)")
    return token


class AuthoritySettings(BaseModel):
    """One source."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
    """The server URL of the contract, to which its paths are added."""
    token: Annotated[SecretStr, AfterValidator(bearer_token)]
    """The bearer token that the source gave us."""
    client: Annotated[str, Field(min_length=1, max_length=200)]
    """The name under which the source knows us; its answers are for this name alone (`aud`)."""
    issuer: Annotated[str, Field(min_length=1, max_length=200)]
    """What the source calls itself in its answers (`iss`)."""
    name: Annotated[str, Field(min_length=1, max_length=60)]
    """How people are told who answers."""
    english_name: Annotated[str, Field(max_length=60)] = ""
    """The same on English pages; empty: the name above."""

    @property
    def names(self) -> Mapping[str, str]:
        """How people are told who it is, by language tag."""
        return {"zh-CN": self.name, "en": self.english_name or self.name}


class PageSettings(AuthoritySettings):
    """A source that has a page for people."""

    page_origin: str = ""
    """The origin of its page for people, if that is another one than that of `url`; nobody is sent anywhere else."""

    @field_validator("page_origin")
    @classmethod
    def _page_origin_is_one(cls, origin: str) -> str:
        if origin and _ORIGIN.fullmatch(origin) is None:
            raise ValueError("write it as https://host[:port], in lower case, with nothing behind it")
        return origin

    @model_validator(mode="after")
    def _people_are_sent_to_an_origin(self) -> Self:
        if _ORIGIN.fullmatch(self.origin_of_page) is None:
            raise ValueError("url: write its host in lower case, or set page_origin")
        return self

    @property
    def origin_of_page(self) -> str:
        """The only origin to which people are sent."""
        parts = urlsplit(self.url)
        return self.page_origin or f"{parts.scheme}://{parts.netloc}"
