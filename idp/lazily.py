"""A value that is made when it is first asked for, and then stays."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

Value = TypeVar("Value")


class lazily(Generic[Value]):  # noqa: N801 - read as a decorator, like `property`
    """`functools.cached_property` without the lock that Python 3.12 took out of it: it cost more than most values."""

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make
        self._name = ""
        self.__doc__ = make.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, _type: type | None = None) -> Value:
        """Asked once per object: from then on the value itself stands under this name."""
        value: Value = self._make(owner)
        owner.__dict__[self._name] = value
        return value

    if TYPE_CHECKING:  # not there at run time, so that the value, once made, is found before this

        def __set__(self, owner: Any, value: Value) -> None: ...
