# SPDX-License-Identifier: MIT
"""Which C types the commands need, in the order C wants them, and where each is used.

Arguments and results of a command are flattened into structs of their own (<command>_in, <command>_out), so a type
that is only ever the whole of one is not emitted.
"""

from . import naming
from .features import LOGGABLE, SECRET, SUBJECT
from .model import Alternate, Builtin, Enum, Struct, Union
from .source import SchemaError


class Shape:
    """A C struct made of members, with or without the branches of a union."""

    def __init__(self, c_name, source, is_arguments=False):
        self.c_name = c_name
        self.is_arguments = is_arguments
        self.members = source.all_members()
        self.discriminator = source.tag() if isinstance(source, Union) else None
        self.branches = source.branches if isinstance(source, Union) else []
        self.source = source

    def enum_of_branches(self):
        return self.discriminator.ref.type


class Call:
    """One command with the structs of its arguments and result."""

    def __init__(self, command):
        self.command = command
        self.c_name = naming.c_name(command.name)
        arguments = command.arguments()
        self.input = Shape(self.c_name + '_in', arguments, True) if arguments and arguments.all_members() else None
        self.returns = command.returns
        self.output = None  # set when the result is one object
        if self.returns and not self.returns.is_list and isinstance(self.returns.type, Struct):
            self.output = Shape(self.c_name + '_out', self.returns.type)


class Plan:
    def __init__(self, model):
        self.model = model
        self.calls = [Call(command) for command in model.commands if command.gen]
        self.inputs = _Reach()
        self.outputs = _Reach()
        for call in self.calls:
            if call.input:
                self.inputs.shape(call.input)
            if call.output:
                self.outputs.shape(call.output)
            elif call.returns:
                self.outputs.ref(call.returns)
        order = {one.name: index for index, one in enumerate(model.definitions)}
        both = {**self.inputs.types, **self.outputs.types}
        used = sorted(both.values(), key=lambda one: order[one.name])
        self.enums = [one for one in used if isinstance(one, Enum)]
        self.compounds = _by_value_order([one for one in used if not isinstance(one, Enum)])
        self.lists = _merge_lists(self.inputs.lists, self.outputs.lists)
        _check_tags(self)

    def shape_of(self, type_):
        return Shape(naming.c_type(type_.name), type_)

    # C declarations

    def c_text_type(self, is_input):
        """Arguments are decoded in place and belong to the handler, results may point anywhere."""
        return 'char *' if is_input else 'const char *'

    def c_list_tag(self, ref):
        return element_name(ref) + '_list'

    def c_element(self, ref, is_input):
        """Type of a value or of an element of a list."""
        if isinstance(ref.type, Builtin):
            return ref.type.c_type or self.c_text_type(is_input)
        kind = 'enum' if isinstance(ref.type, Enum) else 'struct'
        return f'{kind} {naming.c_type(ref.type.name)}'

    def is_input(self, type_):
        return type_.name in self.inputs.types

    def with_functions(self, reach):
        return [one for one in self.enums + self.compounds if one.name in reach.functions]

    def list_is_input(self, ref):
        return element_name(ref) in self.inputs.lists


def element_name(ref):
    """Used in names of functions and list structs: str, int, guest_file_whence."""
    return ref.type.name if isinstance(ref.type, Builtin) else naming.c_type(ref.type.name)


def call_list_ref(call):
    """The TypeRef of a result that is a list, or None."""
    return call.returns if call.returns and call.returns.is_list else None


class _Reach:
    """Types and lists used below some commands' arguments or results."""

    def __init__(self):
        self.types = {}
        self.lists = {}
        self.functions = set()  # types with a function of their own; branches of a union are read with their base

    def shape(self, shape):
        """Everything below a struct. Marks for the log are only looked for among the arguments of a command."""
        for member in shape.members:
            self.check_marks(member, shape)
            self.ref(member.ref)
        for branch in shape.branches:
            self.types[branch.ref.type.name] = branch.ref.type
            self.shape(Shape('', branch.ref.type, shape.is_arguments))

    @staticmethod
    def check_marks(member, shape):
        for mark in (SECRET, LOGGABLE, SUBJECT):
            if member.has_feature(mark) and not shape.is_arguments:
                raise SchemaError(member.place, f"member '{member.name}': feature '{mark}' is for arguments of "
                                                'commands only')

    def ref(self, ref):
        if ref.is_list:
            self.lists[element_name(ref)] = ref
        one = ref.type
        if isinstance(one, Builtin) or one.name in self.functions:
            return
        self.functions.add(one.name)
        self.types[one.name] = one
        if isinstance(one, Struct):
            self.shape(Shape('', one))
        elif isinstance(one, Alternate):
            for branch in one.branches:
                self.ref(branch.ref)


def _merge_lists(first, second):
    return [ref for _, ref in sorted({**first, **second}.items())]


def _by_value_order(types):
    """A struct after those it holds; list members are pointers and do not count."""
    done = []

    def visit(one):
        if one in done or isinstance(one, (Builtin, Enum)):
            return
        parts = one.all_members() if isinstance(one, Struct) else []
        parts = parts + (one.branches if isinstance(one, (Union, Alternate)) else [])
        for part in parts:
            if not part.ref.is_list:
                visit(part.ref.type)
        done.append(one)

    for one in types:
        visit(one)
    return done


def _check_tags(plan):
    """Struct tags and enum constants share a name space each."""
    tags = {tag: 'the runtime' for tag in naming.RUNTIME_TAGS}

    def add(table, tag, place, what):
        if tag in table:
            raise SchemaError(place, f"{what}: C name '{tag}' is already used by {table[tag]}")
        table[tag] = what

    for one in plan.enums + plan.compounds:
        add(tags, naming.c_type(one.name), one.place, one.title())
        if isinstance(one, Alternate):
            add(tags, naming.c_type(one.name) + '_kind', one.place, one.title())
    for ref in plan.lists:
        add(tags, plan.c_list_tag(ref), ref.place, f"list of '{ref.name}'")
    for call in plan.calls:
        if call.c_name in naming.RUNTIME_FUNCTIONS:
            raise SchemaError(call.command.place, f"{call.command.title()}: name is used by the runtime")
        add(tags, call.c_name + '_in', call.command.place, call.command.title())
        add(tags, call.c_name + '_out', call.command.place, call.command.title())
    constants = {}
    for one in plan.enums:
        for value in one.values:
            add(constants, enum_constant(one, value.name), value.place, f"{one.title()}: value '{value.name}'")
        add(constants, enum_count(one), one.place, one.title())
    for one in plan.compounds:
        if isinstance(one, Alternate):
            for branch in one.branches:
                add(constants, kind_constant(one, branch), branch.place, f"{one.title()}: branch '{branch.name}'")


def enum_constant(enum, value):
    return naming.c_constant(enum.prefix or naming.c_type(enum.name), value)


def enum_count(enum):
    return enum_constant(enum, 'COUNT')


def kind_constant(alternate, branch):
    return naming.c_constant(naming.c_type(alternate.name) + '_kind', branch.name)
