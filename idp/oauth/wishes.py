"""What a client wishes of one claim: null, or an object that may name the values it takes (OpenID Connect Core §5.5.1)."""


def satisfies(value: object, wish: object) -> bool:
    """Whether a claim may be told to who wished for it: null or an object, whose `value` or `values` name this one."""
    if not isinstance(wish, dict):
        return wish is None
    if "value" in wish and not _is_same(value, wish["value"]):
        return False
    values = wish.get("values")
    return "values" not in wish or (isinstance(values, list) and any(_is_same(value, each) for each in values))


def _is_same(value: object, wanted: object) -> bool:
    """Equal as JSON: a boolean is no number."""
    return type(value) is type(wanted) and value == wanted
