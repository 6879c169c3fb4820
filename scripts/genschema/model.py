# SPDX-License-Identifier: MIT
"""What a schema consists of."""


class Builtin:
    def __init__(self, name, c_type, json):
        self.name = name
        self.c_type = c_type  # str: decided where it is used
        self.json = json  # JSON kind, for alternates


BUILTINS = {one.name: one for one in (
    Builtin('str', None, 'string'), Builtin('bool', 'bool', 'bool'), Builtin('number', 'double', 'number'),
    Builtin('int', 'int64_t', 'number'), Builtin('int8', 'int8_t', 'number'), Builtin('int16', 'int16_t', 'number'),
    Builtin('int32', 'int32_t', 'number'), Builtin('int64', 'int64_t', 'number'),
    Builtin('uint8', 'uint8_t', 'number'), Builtin('uint16', 'uint16_t', 'number'),
    Builtin('uint32', 'uint32_t', 'number'), Builtin('uint64', 'uint64_t', 'number'),
    Builtin('size', 'uint64_t', 'number'),
)}

# Known to QAPI, of no use in this protocol.
UNSUPPORTED_BUILTINS = ('any', 'null', 'QType')


class TypeRef:
    """A use of a type: 'name' or ['name']. `type` is filled in when everything has been read."""

    def __init__(self, name, is_list, place):
        self.name = name
        self.is_list = is_list
        self.place = place
        self.type = None

    def __str__(self):
        return f'[{self.name}]' if self.is_list else self.name


class Feature:
    def __init__(self, name, condition, place):
        self.name = name
        self.condition = condition
        self.place = place
        self.text = []


class Member:
    """A member of a struct, an argument, or a branch of an alternate or a union."""

    def __init__(self, name, ref, optional, features, condition, place):
        self.name = name
        self.ref = ref
        self.optional = optional
        self.features = features
        self.condition = condition
        self.place = place
        self.text = []  # documentation

    def has_feature(self, name):
        return any(feature.name == name for feature in self.features)


class EnumValue:
    def __init__(self, name, features, condition, place):
        self.name = name
        self.features = features
        self.condition = condition
        self.place = place
        self.text = []


class Definition:
    meta = ''

    def __init__(self, name, place, doc):
        self.name = name
        self.place = place
        self.doc = doc
        self.features = []
        self.condition = None

    def title(self):
        return f"{self.meta} '{self.name}'"

    def documented(self):
        """What needs a description of its own: objects with name, place, text and features."""
        return []


class Enum(Definition):
    meta = 'enum'
    json = 'string'

    def __init__(self, name, place, doc):
        super().__init__(name, place, doc)
        self.prefix = None
        self.values = []

    def documented(self):
        return self.values


class Struct(Definition):
    meta = 'struct'
    json = 'object'

    def __init__(self, name, place, doc):
        super().__init__(name, place, doc)
        self.base = None  # TypeRef
        self.members = []  # own members only

    def documented(self):
        return self.members

    def all_members(self):
        return (self.base.type.all_members() if self.base else []) + self.members


class Union(Struct):
    meta = 'union'

    def __init__(self, name, place, doc):
        super().__init__(name, place, doc)
        self.discriminator = None  # name, a Text
        self.branches = []  # Members whose names are values of the discriminator's enum

    def tag(self):
        return next((member for member in self.all_members() if member.name == self.discriminator), None)


class Alternate(Definition):
    meta = 'alternate'
    json = None  # many

    def __init__(self, name, place, doc):
        super().__init__(name, place, doc)
        self.branches = []

    def documented(self):
        return self.branches


class Command(Definition):
    meta = 'command'

    def __init__(self, name, place, doc):
        super().__init__(name, place, doc)
        self.data = None  # TypeRef to a Struct or Union, or an anonymous Struct
        self.returns = None  # TypeRef
        self.boxed = False
        self.success_response = True
        self.gen = True
        self.order = 0

    def documented(self):
        return self.data.members if isinstance(self.data, Struct) else []

    def arguments(self):
        """The Struct or Union of the arguments, or None."""
        return self.data.type if isinstance(self.data, TypeRef) else self.data
