# SPDX-License-Identifier: MIT
"""'if' conditions: a name, or {'all': [...]}, {'any': [...]}, {'not': ...} of conditions.

They are decided here, not by the C compiler: what is off appears in no output at all.
"""

import re

from .parser import List, Object, Text
from .source import SchemaError

ALWAYS = None


def read(value, owner):
    """Checks a condition and returns it as nested tuples; owner is used in error texts."""
    if isinstance(value, Text):
        if not re.fullmatch(r'[A-Z][A-Z0-9_]*', value):
            raise SchemaError(value.place, f"{owner}: 'if' condition '{value}' is not a valid name")
        return str(value)
    if not isinstance(value, Object):
        raise SchemaError(value.place, f"{owner}: 'if' must be a string or an object")
    if len(value) != 1:
        raise SchemaError(value.place, f"{owner}: 'if' object needs exactly one of 'all', 'any', 'not'")
    key, inner = next(iter(value.items()))
    if key == 'not':
        return 'not', read(inner, owner)
    if key not in ('all', 'any'):
        raise SchemaError(key.place, f"{owner}: unknown key '{key}' in 'if', expected 'all', 'any' or 'not'")
    if not isinstance(inner, List) or not inner:
        raise SchemaError(key.place, f"{owner}: '{key}' in 'if' needs a list with at least one condition")
    return str(key), [read(one, owner) for one in inner]


def holds(condition, defines):
    if condition is ALWAYS:
        return True
    if isinstance(condition, str):
        return condition in defines
    operator, inner = condition
    if operator == 'not':
        return not holds(inner, defines)
    return (all if operator == 'all' else any)(holds(one, defines) for one in inner)
