"""How a good request is bent: one rule each, chosen by a seeded random that never looks at the values themselves.

So a number stands for the same faults in every run, though keys, tokens and times are others.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.attacks.generated.city import FRONT, City
from tests.attacks.generated.hostile import (
    ADDRESSES,
    CONTENT_TYPES,
    HOSTILE_JSON,
    MEMBERS,
    METHODS,
    NAMES,
    WORDS,
)
from tests.attacks.generated.parts import (
    FORM,
    Json,
    Pairs,
    Raw,
    Sent,
    Shape,
    Signed,
    Twice,
    Value,
    dump,
    form_of,
    text_of,
)
from tests.attacks.hostile_text import BROKEN_CLAIMS, TEXTS, VALUES
from tests.attacks.redirect_uris import HOSTILE


class Bender:
    """Bends requests of one number.

    Args:
        others: makes a good request of another endpoint, whose values may be offered here.
    """

    def __init__(self, seed: str, city: City, others: Callable[[int], Shape]) -> None:
        self._random = random.Random(seed)
        self._city = city
        self._others = others
        self._cut: float | None = None
        self._noise = False

    def bent(self, shape: Shape) -> Sent:
        """The request with one to five faults, as bytes."""
        for _ in range(self._random.choice((1, 1, 1, 2, 2, 3, 5))):
            self._random.choice(_RULES)(self, shape)
        sent = written(shape)
        body = sent.body
        if self._noise:
            at = self._at(len(body))
            body = body[:at] + bytes(self._random.randrange(256) for _ in range(12)) + body[at:]
        return replace(sent, body=body if self._cut is None else body[: int(len(body) * self._cut)])

    # Rules: each changes the shape in its place.

    def _value(self, shape: Shape) -> None:
        pairs = self._pairs(shape)
        if not pairs:
            return self._add(shape)
        at = self._random.randrange(len(pairs))
        name, value = pairs[at]
        pairs[at] = (name, self._other(name, value))
        return None

    def _add(self, shape: Shape) -> None:
        name = self._random.choice(NAMES)
        self._pairs(shape).append((name, self._other(name, "")))

    def _twice(self, shape: Shape) -> None:
        pairs = self._pairs(shape)
        if pairs:
            name, value = self._random.choice(pairs)
            again = value if self._random.random() < 0.5 else self._other(name, value)
            pairs.insert(self._random.choice((0, len(pairs))), (name, again))

    def _without(self, shape: Shape) -> None:
        pairs = self._pairs(shape)
        if pairs:
            pairs.pop(self._random.randrange(len(pairs)))

    def _renamed(self, shape: Shape) -> None:
        pairs = self._pairs(shape)
        if pairs:
            at = self._random.randrange(len(pairs))
            pairs[at] = (self._random.choice(NAMES), pairs[at][1])

    def _attackers_address(self, shape: Shape) -> None:
        pairs = self._pairs(shape)
        places = [at for at, (name, _) in enumerate(pairs) if name in ADDRESSES]
        address = self._random.choice(HOSTILE)
        if places:
            at = self._random.choice(places)
            pairs[at] = (pairs[at][0], address)
        else:
            pairs.append((self._random.choice(ADDRESSES), address))

    def _moved(self, shape: Shape) -> None:
        """From the body into the address, or back."""
        if shape.fields is None:
            shape.fields, shape.query = shape.query, []
        else:
            shape.query, shape.fields = (
                [*shape.query, *shape.fields],
                None if self._random.random() < 0.5 else shape.query,
            )

    def _many(self, shape: Shape) -> None:
        name, value = self._random.choice(NAMES), self._random.choice(VALUES)[:20]
        count = self._random.choice((90, 101, 3000))
        self._pairs(shape).extend([(name, Raw(value.decode("latin-1")))] * count)

    def _json(self, shape: Shape) -> None:
        """Somewhere inside what is JSON, in the body, a parameter or a signed one."""
        found: list[Callable[[Value], None]] = []
        values: list[Value] = []
        if shape.body is not None:
            values.append(shape.body)
            found.append(lambda new: setattr(shape, "body", new))
        for pairs in (shape.query, shape.fields or [], shape.headers):
            for at, (_, value) in enumerate(pairs):
                if isinstance(value, Json | Signed):
                    values.append(value)
                    found.append(lambda new, pairs=pairs, at=at: pairs.__setitem__(at, (pairs[at][0], new)))  # type: ignore[misc]
        if not values:
            return self._value(shape)
        at = self._random.randrange(len(values))
        found[at](self._bent_value(values[at]))
        return None

    def _method(self, shape: Shape) -> None:
        shape.method = self._random.choice(METHODS)

    def _type(self, shape: Shape) -> None:
        shape.content_type = self._random.choice(CONTENT_TYPES)

    def _truncated(self, shape: Shape) -> None:
        self._cut = self._random.random()

    def _noisy(self, shape: Shape) -> None:
        self._noise = True

    def _path(self, shape: Shape) -> None:
        at, value = self._at(len(shape.path) - 1) + 1, self._random.choice(VALUES)[:200].decode("latin-1")
        whole = self._random.choice(
            (
                shape.path[:at] + value + shape.path[at:],
                shape.path + value,
                shape.path + "/",
                shape.path.upper(),
                shape.path + "/../token",
                "/" + shape.path,
                shape.path[:at],
            )
        )
        shape.path = whole.replace("?", "%3f").replace("\x7f", "%7f").replace(" ", "%20")

    def _header(self, shape: Shape) -> None:
        kind, text = self._random.randrange(12), self._random.choice(TEXTS)[:5000]
        city = self._city
        if kind == 0:
            shape.headers.append(("DPoP", self._random.choice(("x", "e30.e30.e30", text))))
        elif kind == 1:
            shape.headers = [*shape.headers, *(each for each in shape.headers if each[0] == "DPoP")]
        elif kind in {2, 3, 4}:
            shape.headers = [each for each in shape.headers if kind == 2 or each[0] != "Authorization"]
            credentials = (
                self._taken() if self._random.random() < 0.5 else self._random.choice((text, "QTpC", "Og==", "/w=="))
            )
            scheme = self._random.choice(("Basic ", "Bearer ", "DPoP ", "bearer  ", "", "Digest "))
            shape.headers.append(("Authorization", scheme + credentials))
        elif kind == 5:
            shape.headers.append(
                ("Client-Cert", self._random.choice((":MIIB:", ":" + "A" * 4000 + ":", text, "::", ":%:")))
            )
            shape.peer = FRONT
        elif kind == 6:
            shape.headers.append(
                (
                    "Cookie",
                    self._random.choice(
                        (
                            "session=1.x; browser=x",
                            f"session={text}",
                            "=;=;",
                            text,
                            f"session={city.cookie}; session={city.cookie}",
                        )
                    ),
                )
            )
        elif kind == 7:
            shape.headers = [each for each in shape.headers if each[0] != "Cookie"]
        elif kind == 8:
            shape.headers.append(
                (
                    self._random.choice(("Origin", "Referer", "Host", "X-Forwarded-Host", "Forwarded")),
                    self._random.choice(("https://evil.test", "null", text)),
                )
            )
        elif kind == 9:
            shape.headers.append(
                ("X-Forwarded-For", self._random.choice(("127.0.0.1, x", "::ffff:1.2.3.4", "[::1]:80", text)))
            )
            shape.peer = FRONT
        elif kind == 10:
            shape.headers.append(
                (
                    self._random.choice(
                        (
                            "Accept",
                            "Accept-Language",
                            "If-Match",
                            "If-None-Match",
                            "Idempotency-Key",
                            "User-Agent",
                            "Range",
                            "Expect",
                            "Transfer-Encoding",
                        )
                    ),
                    self._random.choice((text, "*", "en;q=NaN,zh;q=9e9", '"x"')),
                )
            )
        else:
            shape.headers.append(("Content-Length", self._random.choice(("-1", "1e3", "999999999999", "٣", "", "5"))))

    def _elsewhere(self, shape: Shape) -> None:
        """The values of another endpoint."""
        other = self._others(self._random.randrange(1 << 16))
        draw = self._random.randrange(4)
        if draw == 0:
            shape.headers = other.headers
        elif draw == 1 and other.body is not None:
            shape.body, shape.fields = other.body, None
        elif draw == 2:
            shape.path = other.path
        else:
            self._pairs(shape).extend([*(other.fields or []), *other.query])

    # What rules are made of.

    def _pairs(self, shape: Shape) -> Pairs:
        if shape.fields is None or self._random.random() < 0.1:
            return shape.query
        return shape.fields

    def _at(self, length: int) -> int:
        return int(self._random.random() * (length + 1))

    def _other(self, name: str, value: Value) -> Value:
        draw = self._random.random()
        if name in WORDS and draw < 0.4:
            return self._random.choice(WORDS[name])
        if name in {"claims", "authorization_details"} and draw < 0.5:
            return self._random.choice(
                [*BROKEN_CLAIMS.values(), *BROKEN_CLAIMS.values(), "[[]]", "[{}]", '[{"type":"matter"}]']
            )
        if draw < 0.15 and isinstance(value, Json | Signed):
            return self._bent_value(value)
        if draw < 0.25:
            return self._taken()
        text = text_of(value)
        at = self._at(len(text))
        hostile = Raw(self._random.choice(VALUES).decode("latin-1"))
        return self._random.choice(
            (
                hostile,
                hostile,
                hostile,
                hostile,
                "",
                text[:at],
                text * 2,
                text * 40,
                text + "\r\nX-Bent: 1",
                text.swapcase(),
                " " + text + " ",
            )
        )

    def _taken(self) -> str:
        """A good value of another use."""
        city = self._city
        return self._random.choice(
            (
                city.code,
                city.access_token,
                city.refresh_token,
                city.id_token,
                city.bound_token,
                city.initial_token,
                city.pushed,
                city.assertion,
                city.handle,
                city.access_token_for_desk,
                lambda: city.registered_itself()[1],
                lambda: city.cookie,
            )
        )()

    def _bent_value(self, value: Value) -> Value:
        if isinstance(value, Json):
            return Json(self._bent_json(value.value))
        assert isinstance(value, Signed)
        if self._random.random() < 0.3:
            return Signed(self._bent_json(value.header), value.claims, value.key)
        if self._random.random() < 0.1:
            return value.written()[: self._at(200)]
        return Signed(value.header, self._bent_json(value.claims), value.key)

    def _bent_json(self, value: Any) -> Any:
        """One place in it is another."""
        if isinstance(value, Mapping) and value and self._random.random() < 0.9:
            return self._bent_object(value)
        if isinstance(value, list) and value and self._random.random() < 0.7:
            at = self._random.randrange(len(value))
            if self._random.random() < 0.3:
                return [*value, *value[at : at + 1] * self._random.choice((1, 40, 2000))]
            return [*value[:at], self._bent_json(value[at]), *value[at + 1 :]]
        return self._hostile()

    def _bent_object(self, value: Mapping[str, Any]) -> Any:
        name, draw = self._random.choice([*value]), self._random.random()
        if draw < 0.1:
            return {each: kept for each, kept in value.items() if each != name}
        if draw < 0.3:
            return {**value, self._random.choice(MEMBERS): self._hostile()}
        if draw < 0.4:
            return Twice([*value.items(), (name, self._hostile())])
        return {**value, name: self._bent_json(value[name])}

    def _hostile(self) -> Any:
        return self._random.choice(self._random.choice((TEXTS, HOSTILE, HOSTILE_JSON, HOSTILE_JSON)))


_RULES: tuple[Callable[[Bender, Shape], None], ...] = (
    *(Bender._value,) * 5,
    *(Bender._json,) * 5,
    *(Bender._attackers_address,) * 2,
    *(Bender._twice,) * 2,
    *(Bender._header,) * 3,
    *(Bender._elsewhere,) * 2,
    Bender._add,
    Bender._without,
    Bender._renamed,
    Bender._moved,
    Bender._many,
    Bender._method,
    Bender._type,
    Bender._truncated,
    Bender._noisy,
    Bender._path,
)


def written(shape: Shape) -> Sent:
    """The request as bytes."""
    body, content_type = b"", shape.content_type
    if shape.body is not None:
        body, content_type = dump(shape.body.value).encode("utf-8", "surrogatepass"), content_type or "application/json"
    elif shape.fields is not None:
        body, content_type = form_of(shape.fields), content_type or FORM
    typed = (("Content-Type", content_type),) if content_type else ()
    headers = tuple((name, _of_a_header(text_of(value))) for name, value in shape.headers)
    path = shape.path.encode("utf-8", "surrogatepass")
    return Sent(shape.method, path, form_of(shape.query)[:60_000], (*typed, *headers), body, shape.peer)


def _of_a_header(text: str) -> str:
    """As a server hands it over: one line of Latin-1."""
    return (
        text.encode("utf-8", "surrogatepass")
        .decode("latin-1")
        .replace("\r", "")
        .replace("\n", "")
        .replace("\0", "")[:8000]
    )
