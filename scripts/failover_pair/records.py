"""Named tuples as typing.NamedTuple writes them, which mypy takes them for: loading typing costs a start 10 ms."""

from __future__ import annotations

import collections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Meta(type):
    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, space)
        fields = list(space.get("__annotations__", ()))
        defaults = [space[field] for field in fields if field in space]
        made = collections.namedtuple(name, fields, defaults=defaults, module=space["__module__"])  # type: ignore[misc]
        for key, value in space.items():
            if key not in fields and key not in ("__annotations__", "__module__", "__qualname__"):
                setattr(made, key, value)
        return made


class NamedTuple(metaclass=Meta):
    pass
