# SPDX-License-Identifier: MIT
"""Figures of ours beside those of Debian's packaged qemu-ga and of a floor, taken alternately. README.md says how to
add a row."""
from .registry import Goal, Row, Unmeasured, measurement
from .samples import Samples
