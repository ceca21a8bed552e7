"""Named tuples as typing.NamedTuple writes them, which mypy takes them for. That one compiles a function for each, and
loading typing takes 10 ms: together a tenth of the agent's start."""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar


class Record(tuple):  # type: ignore[type-arg]
    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __new__(cls, *values: Any, **named: Any) -> Record:
        if named or len(values) != len(cls._fields):
            values = filled(cls, values, named)
        return tuple.__new__(cls, values)

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Record:
        """Without a look at their number: for what is made all the time."""
        return tuple.__new__(cls, values)

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self))

    def _replace(self, **changes: Any) -> Record:
        return type(self)(**{**self._asdict(), **changes})

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % one for one in self._asdict().items()))


def filled(kind: type[Record], values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """The values of all fields, in order."""
    rest = kind._fields[len(values) :]
    known = {**kind._defaults, **named}
    if len(values) > len(kind._fields) or not set(named) <= set(rest) or not set(rest) <= set(known):
        given = ", ".join([*map(repr, values), *named])
        raise TypeError("%s has the fields %s, not %s" % (kind.__name__, ", ".join(kind._fields), given))
    return (*values, *(known[field] for field in rest))


class Meta(type):
    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, space)
        fields = tuple(space.get("__annotations__", ()))
        defaults = {field: space[field] for field in fields if field in space}
        getters = {field: property(itemgetter(index)) for index, field in enumerate(fields)}
        space.update(getters, _fields=fields, _defaults=defaults, __match_args__=fields, __slots__=())
        return type(name, (Record,), space)


class NamedTuple(metaclass=Meta):
    pass
