# SPDX-License-Identifier: MIT
"""What the files in rows/ are written in: rows, their goals, and the functions that measure them."""
import operator
from dataclasses import dataclass
from typing import Optional

MEASUREMENTS = []


class Unmeasured(Exception):
    """Raised by a measurement that cannot be made here, with the reason."""


@dataclass(frozen=True)
class Goal:
    """at_most or at_least says which; `of` is "qemu-ga" or "floor" for a ratio, None for ours as it is."""
    at_most: Optional[float] = None
    at_least: Optional[float] = None
    of: Optional[str] = None

    def __str__(self):
        sign, limit = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {limit:g}" + (f" × {self.of}" if self.of else "")

    def verdict(self, samples):
        value = samples.ratio("ours", self.of) if self.of else samples.median("ours")
        if value is None:
            return "not judged"
        meets, limit = (operator.le, self.at_most) if self.at_most is not None else (operator.ge, self.at_least)
        if meets(value, limit):
            return "met"
        return f"missed by {abs(value / limit - 1):.0%}" if limit else f"missed by {value:g}"


@dataclass(frozen=True)
class Row:
    name: str
    unit: str
    goal: Optional[Goal] = None
    digits: int = 1


@dataclass(frozen=True)
class Measurement:
    function: object
    rows: tuple
    in_vm: bool


def measurement(*rows, in_vm=False):
    """Marks a function that measures these rows together: it gets a Session and returns {name of row: Samples}."""
    def register(function):
        MEASUREMENTS.append(Measurement(function, rows, in_vm))
        return function
    return register
