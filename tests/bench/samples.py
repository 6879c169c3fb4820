# SPDX-License-Identifier: MIT
"""Values that belong together because they were taken one right after the other.

Other work on the machine changes absolute times by tens of percent within seconds. Two values of one round
suffer alike, so ratios are formed within a round and their median is what counts.
"""
import statistics

WIDE = 0.2  # spread of the ratios from which a row is marked


class Samples:
    def __init__(self):
        self.values = {}  # by agent, in the order of the rounds

    def add(self, agent, value):
        self.values.setdefault(agent, []).append(value)

    def median(self, agent):
        values = self.values.get(agent)
        return statistics.median(values) if values else None

    def range(self, agent):
        return min(self.values[agent]), max(self.values[agent])

    def ratios(self, agent, other):
        pairs = zip(self.values.get(agent, ()), self.values.get(other, ()))
        return [a / b for a, b in pairs if b]

    def ratio(self, agent, other):
        ratios = self.ratios(agent, other)
        return statistics.median(ratios) if ratios else None

    def spread(self, agent, other):
        """Distance of the quartiles of the ratios, as a part of their median."""
        ratios = self.ratios(agent, other)
        if len(ratios) < 4:
            return 0
        low, middle, high = statistics.quantiles(ratios)
        return (high - low) / middle if middle else 0

    def is_wide(self):
        return any(self.spread("ours", other) > WIDE for other in self.values if other != "ours")
