"""Runs a sequence that asks for one command after the other: a claim, or a decision of core/."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeVar

    Command = TypeVar("Command")
    T = TypeVar("T")


def drive(steps: Generator[Command, Any, T], carry_out: Callable[[Command], Any], gather: Callable[[], None]) -> T:
    """What the sequence returns when each of its commands was carried out. It is sent the command's answer. An error is
    thrown to it, because it may go on after the error. gather: is called before each step, for what the sequence reads
    besides the answers."""
    answer, error = None, None
    while True:
        gather()
        try:
            command = steps.throw(error) if error else steps.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        answer, error = None, None
        try:
            answer = carry_out(command)
        except Exception as raised:
            error = raised
