"""What an authorization response may bring (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices)."""

_ORDER = ("code", "id_token", "token")


def canonical_response_type(response_type: str) -> str:
    """Its values in one order, each once; one that we do not know leaves it as it is."""
    if response_type == "code":  # what nearly everybody asks for
        return response_type
    values = response_type.split(" ")
    if not set(values) <= set(_ORDER) or len(set(values)) < len(values):
        return response_type
    return " ".join(value for value in _ORDER if value in values)


def brings_tokens(response_type: str) -> bool:
    """Whether it asks for more than a code: then the answer must not travel in a query (§3, OpenID Connect Core §3.2.2.5)."""
    return response_type != "code" and not {"id_token", "token"}.isdisjoint(response_type.split(" "))
