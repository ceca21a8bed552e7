"""Which story runs, and whose code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.node import Node
    from sim.world import World


class Seam:
    world: World

    @property
    def node(self) -> Node:
        return self.world.node

    def now(self) -> float:
        world = self.world
        return world.scheduler.now - world.node.booted_at

    def sleep(self, seconds: float) -> None:
        fiber = self.world.scheduler.running
        fiber.wait(seconds)


seam = Seam()
