"""How the registers of the sandbox authority are reached: one program answers for all of them, each under its own path."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from realnames.sources.authority_settings import bearer_token


class SandboxSettings(BaseModel):
    """The sandbox authority, as one of its registers is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
    """Where the program listens."""
    token: Annotated[SecretStr, AfterValidator(bearer_token)]
    """The bearer token that it was given."""
    client: Annotated[str, Field(min_length=1, max_length=200)]
    """The name under which it is to know us."""

    def of(self, register: str) -> dict[str, Any]:
        """What one of its registers is told beside names."""
        return {
            "url": f"{self.url.rstrip('/')}/{register}",
            "token": self.token,
            "client": self.client,
            "issuer": f"urn:yizheng:sandbox:{register}",
        }
