"""How the learning rate rises and falls over a run."""

from dataclasses import dataclass

from seqgen.plan import Optimiser


@dataclass(frozen=True)
class Schedule:
    """Share of the peak learning rate by step: a warm-up, a plateau up to `steady`, then a straight line down to the
    end, `total`.

    `total` is None as long as a budget in minutes has not been turned into steps.
    """

    total: int | None = None
    steady: int = 0

    def share(self, optimiser: Optimiser, step: int) -> float:
        """The share for the step with that number, counted from 0."""
        rise = min(1.0, (step + 1) / max(1, optimiser.warmup))
        if self.total is None or step < self.steady:
            return rise
        left = (self.total - step) / max(1, self.total - self.steady)
        return rise * (optimiser.final_rate + (1 - optimiser.final_rate) * max(left, 0.0))
