# SPDX-License-Identifier: MIT
"""Places in schema files, and the one exception of this package."""

from typing import NamedTuple


class Place(NamedTuple):
    path: str
    line: int

    def __str__(self):
        return f'{self.path}:{self.line}'


class SchemaError(Exception):
    """What is wrong with a schema, and where. One line, made for people."""

    def __init__(self, place, message):
        super().__init__(f'{place}: {message}')
        self.place = place
        self.message = message
