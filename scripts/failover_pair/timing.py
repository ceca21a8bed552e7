"""How long this cloud's actions take."""

from __future__ import annotations


class Timing:
    """How long this cloud's actions take, learnt from the last ones, so that a request is sent when it can succeed:
    earlier ones cost quota, later ones are outage."""

    def __init__(self, saved: object = None) -> None:
        times: dict[str, list[float] | None] = saved if isinstance(saved, dict) else {}
        self.accepted = (times.get("accepted") or [])[-8:]  # from the clear's answer to the assign that was taken
        self.refused = (times.get("refused") or [])[-8:]  # the same for the last one before it that came too early
        self.assigned = (times.get("assigned") or [])[-8:]

    @property
    def known(self) -> list[float]:
        return self.accepted or self.assigned

    def save(self) -> dict[str, list[float]]:
        return {"accepted": self.accepted, "refused": self.refused, "assigned": self.assigned}

    def first_assign(self) -> float:
        """A little before the shortest wait that was enough, but after those that were not: a refusal costs a round
        trip, waiting a little too long only that little. Unknown: at once, as a cloud may well free an address when it
        takes the order and not when it has carried it out; known roughly: at the lower end."""
        if not self.accepted:
            return 0.0
        shortest, too_early = min(self.accepted), max(self.refused, default=0.0)
        if len(self.accepted) < 3:
            shortest = min(shortest, 1.0)  # one slow action does not tell how long the next one takes
        if 0 < too_early < shortest * 0.9:
            return max(too_early + 0.005, shortest * 0.85)
        return min(shortest * 1.05, max(shortest * 0.97, too_early + 0.005))

    def next_assign(self, waited: float, refusals: int, foretold: float = 0.0) -> float:
        """Right away while that is at most 5 % of the wait; a cloud that is slower than ever is asked more rarely, and
        so is one that nothing is known of, unless an assignment or the clearing itself has told how long a change
        takes."""
        if not self.accepted:
            likely = foretold or min(2.0, min(self.assigned, default=0.0) * 0.85)
            if waited < likely:
                return likely - waited
            if not likely:
                return max(0.03, waited * 0.2)
        return max(0.01, waited * (0.02 if refusals < 10 else 0.12))

    def first_look(self) -> float:
        return min(2.0, min(self.assigned or self.accepted, default=0.1) * 0.97)

    def learn_accepted(self, waited: float, refused: float) -> None:
        if waited > 3 * min(self.assigned, default=1.0):
            return  # it hung: no reason for the next claim to wait as long
        self.accepted = ([*self.accepted, waited])[-8:]
        self.refused = ([*self.refused, refused])[-8:]

    def learn_assigned(self, seconds: float) -> None:
        self.assigned = ([*self.assigned, seconds])[-8:]
