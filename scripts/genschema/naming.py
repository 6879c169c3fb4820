# SPDX-License-Identifier: MIT
"""Names: what the schema may use, and how wire names become C names."""

import re

from .source import SchemaError

VENDOR_FEATURE = '__org.virtagent_'

# C keywords, and macros of gnu11 and libc that would break a member of that name.
RESERVED_IN_C = frozenset('''
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool
    true false linux unix errno assert
'''.split())

# Structs and enums of the headers that generated code includes (a test keeps this complete).
RUNTIME_TAGS = frozenset('''
    arena arena_block buf command command_flags decode decode_at decode_list decode_object err err_class json json_chars
    json_hint json_hints json_kind json_num json_num_kind json_out json_text json_walk request
    bytes command_marks
'''.split())

# decode_x() and encode_x() of src/proto, where a command x would get its own.
RUNTIME_FUNCTIONS = frozenset('''
    bool bytes enum int int16 int32 int64 int8 kind list_begin list_next member mismatch nothing number object_begin
    object_end present root size str uint16 uint32 uint64 uint8
'''.split())


def check(name, place, what):
    """Any name of the schema; returns it without the __reverse.domain_ prefix."""
    match = re.fullmatch(r'(__[A-Za-z0-9.-]+_)?([A-Za-z][A-Za-z0-9_-]*)', name)
    if not match or plain_c_name(name).startswith('q_'):
        raise SchemaError(place, f"{what}: '{name}' is not a valid name")
    return match.group(2)


def check_lower(name, place, what, permissive=False):
    """Commands, members, enum values. permissive: listed in a pragma exception."""
    stem = check(name, place, what)
    if not permissive and re.search(r'[A-Z_]', stem):
        raise SchemaError(place, f"{what}: name '{name}' must not use upper case or '_'")


def check_camel(name, place, what):
    """Types."""
    stem = check(name, place, what)
    if not re.fullmatch(r'[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*', stem):
        raise SchemaError(place, f"{what}: name '{name}' must be in CamelCase")
    if stem.endswith('List'):
        raise SchemaError(place, f"{what}: name '{name}' must not end in 'List'")


def check_member(name, place, what, permissive=False):
    check_lower(name, place, what, permissive)
    # u holds the branches of a union, has_x tells whether the optional member x is there
    if plain_c_name(name) == 'u' or plain_c_name(name).startswith('has_'):
        raise SchemaError(place, f"{what}: name '{name}' is reserved")


def plain_c_name(name):
    return re.sub(r'[^A-Za-z0-9_]', '_', name)


def c_name(name):
    """Wire name -> C name; of a vendor prefix only the last word of the domain stays."""
    match = re.fullmatch(r'__([A-Za-z0-9.-]+)_(.+)', name)
    if match:
        name = match.group(1).split('.')[-1] + '_' + match.group(2)
    return plain_c_name(name)


def c_member(name):
    name = c_name(name)
    return name + '_' if name in RESERVED_IN_C else name


def c_type(name):
    """GuestFileWhence -> guest_file_whence, PCIAddress -> pci_address."""
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', c_name(name)).lower()


def c_constant(prefix, name):
    return f'{prefix}_{c_name(name)}'.upper()
