# SPDX-License-Identifier: MIT
"""Expressions -> model objects: keys, shapes and names are checked here, references between definitions in checks."""

from . import conditions, naming
from .docs import paragraphs
from .model import Alternate, Command, Enum, EnumValue, Feature, Member, Struct, TypeRef, Union
from .parser import Flag, List, Object, Text
from .source import SchemaError

COMMON_KEYS = ('features', 'if')
KEYS = {  # meta: (required, optional)
    'command': ((), ('data', 'boxed', 'returns', 'success-response', 'gen')),
    'struct': (('data',), ('base',)),
    'enum': (('data',), ('prefix',)),
    'union': (('base', 'discriminator', 'data'), ()),
    'alternate': (('data',), ()),
}


def definitions(schema):
    """Model objects for all expressions of a parsed schema, in order."""
    return [_Builder(schema.pragma, expression).build() for expression in schema.expressions]


class _Builder:
    def __init__(self, pragma, expression):
        self.pragma = pragma
        self.value = expression.value
        self.doc = expression.doc
        self.place = expression.place
        self.title = None

    def build(self):
        metas = [key for key in self.value if key in KEYS]
        if not metas:
            keys = ', '.join(f"'{key}'" for key in KEYS)
            raise SchemaError(self.place, f"expression needs one of the keys {keys}, 'include', 'pragma'")
        meta = metas[0]
        name = self.value[meta]
        if not isinstance(name, Text):
            raise SchemaError(meta.place, f"value of '{meta}' must be a string")
        self.title = f"{meta} '{name}'"
        required, optional = KEYS[meta]
        self.check_keys(self.value, self.title, (meta,) + required, optional + COMMON_KEYS)
        if meta == 'command':
            naming.check_lower(name, name.place, self.title, self.pragma.excepts('command-name-exceptions', name))
        else:
            naming.check_camel(name, name.place, self.title)
        made = getattr(self, meta)(name)
        made.features = self.features(self.value, self.title)
        made.condition = self.condition(self.value, self.title)
        self.attach_doc(made)
        return made

    # shared pieces

    @staticmethod
    def check_keys(value, title, required, optional):
        for key in value:
            if key not in required and key not in optional:
                raise SchemaError(key.place, f"{title}: unknown key '{key}'")
        for key in required:
            if key not in value:
                raise SchemaError(value.place, f"{title}: key '{key}' is missing")

    @staticmethod
    def expect(value, kind, title, key):
        words = {Text: 'a string', List: 'a list', Object: 'an object', Flag: 'true or false'}
        if not isinstance(value, kind):
            raise SchemaError(value.place, f"{title}: '{key}' must be {words[kind]}")
        return value

    @staticmethod
    def condition(value, title):
        return conditions.read(value['if'], title) if 'if' in value else conditions.ALWAYS

    def features(self, value, title):
        found = []
        if 'features' not in value:
            return found
        for item in self.expect(value['features'], List, title, 'features'):
            condition = conditions.ALWAYS
            name = item
            if isinstance(item, Object):
                self.check_keys(item, f'{title}: feature', ('name',), ('if',))
                name = item['name']
                condition = self.condition(item, f'{title}: feature')
            if not isinstance(name, Text):
                raise SchemaError(name.place, f'{title}: a feature must be a string or an object')
            naming.check(name, name.place, f'{title}: feature')
            if any(feature.name == name for feature in found):
                raise SchemaError(name.place, f"{title}: feature '{name}' given twice")
            found.append(Feature(name, condition, name.place))
        return found

    def type_ref(self, value, title):
        if isinstance(value, List):
            if len(value) != 1 or not isinstance(value[0], Text):
                raise SchemaError(value.place, f'{title}: a list type must hold exactly one type name')
            return TypeRef(value[0], True, value[0].place)
        if not isinstance(value, Text):
            raise SchemaError(value.place, f'{title}: type must be a name or a list with one name')
        return TypeRef(value, False, value.place)

    def member(self, key, value, title, optional_allowed=True):
        """One entry of a 'data' object."""
        name = Text(key[1:], key.place) if key.startswith('*') else key
        optional = name is not key
        title = f"{title}: member '{name}'"
        if optional and not optional_allowed:
            raise SchemaError(key.place, f"{title} cannot be optional")
        features = []
        condition = conditions.ALWAYS
        if isinstance(value, Object):
            self.check_keys(value, title, ('type',), COMMON_KEYS)
            features = self.features(value, title)
            condition = self.condition(value, title)
            value = value['type']
        return Member(name, self.type_ref(value, title), optional, features, condition, key.place)

    def members(self, data, owner):
        found = []
        for key, value in data.items():
            member = self.member(key, value, self.title)
            naming.check_member(member.name, key.place, self.title,
                                self.pragma.excepts('member-name-exceptions', owner))
            found.append(member)
        return found

    def anonymous_struct(self, data, owner):
        struct = Struct(owner, data.place, None)
        struct.members = self.members(data, owner)
        return struct

    # one method per kind of definition

    def command(self, name):
        made = Command(name, self.place, self.doc)
        if 'boxed' in self.value:
            made.boxed = self.only(True, 'boxed')
            if not isinstance(self.value.get('data'), Text):
                raise SchemaError(self.value.key_place('boxed'),
                                  f"{self.title}: 'boxed' needs the name of a type as 'data'")
        if 'success-response' in self.value:
            made.success_response = self.only(False, 'success-response')
        if 'gen' in self.value:
            made.gen = self.only(False, 'gen')
        data = self.value.get('data')
        if isinstance(data, Object):
            made.data = self.anonymous_struct(data, name)
        elif isinstance(data, Text):
            made.data = self.type_ref(data, f"{self.title}: 'data'")
        elif data is not None:
            raise SchemaError(data.place, f"{self.title}: 'data' must be an object or the name of a type")
        if 'returns' in self.value:
            made.returns = self.type_ref(self.value['returns'], f"{self.title}: 'returns'")
        if made.returns and not made.success_response:
            raise SchemaError(self.value.key_place('returns'), f"{self.title}: 'returns' without a success reply")
        return made

    def only(self, allowed, key):
        flag = self.expect(self.value[key], Flag, self.title, key)
        if flag.value is not allowed:
            raise SchemaError(flag.place, f"{self.title}: '{key}' may only be {'true' if allowed else 'false'}")
        return allowed

    def struct(self, name):
        made = Struct(name, self.place, self.doc)
        made.members = self.members(self.expect(self.value['data'], Object, self.title, 'data'), name)
        if 'base' in self.value:
            made.base = self.type_ref(self.expect(self.value['base'], Text, self.title, 'base'), self.title)
        return made

    def enum(self, name):
        made = Enum(name, self.place, self.doc)
        if 'prefix' in self.value:
            prefix = self.expect(self.value['prefix'], Text, self.title, 'prefix')
            naming.check(prefix, prefix.place, f'{self.title}: prefix')
            made.prefix = naming.c_name(prefix).upper()
        permissive = self.pragma.excepts('member-name-exceptions', name)
        for item in self.expect(self.value['data'], List, self.title, 'data'):
            made.values.append(self.enum_value(item, permissive))
        if not made.values:
            raise SchemaError(self.value['data'].place, f"{self.title}: 'data' must not be empty")
        return made

    def enum_value(self, item, permissive):
        features = []
        condition = conditions.ALWAYS
        text = item
        if isinstance(item, Object):
            self.check_keys(item, f'{self.title}: value', ('name',), COMMON_KEYS)
            text = item['name']
        if not isinstance(text, Text):
            raise SchemaError(text.place, f'{self.title}: a value must be a string or an object')
        # Values may begin with a digit, other names may not
        checked = 'd' + text if text[:1].isdigit() else text
        naming.check_lower(checked, text.place, f'{self.title}: value', permissive)
        if isinstance(item, Object):
            title = f"{self.title}: value '{text}'"
            features = self.features(item, title)
            condition = self.condition(item, title)
        return EnumValue(text, features, condition, text.place)

    def union(self, name):
        made = Union(name, self.place, self.doc)
        base = self.value['base']
        if isinstance(base, Object):
            made.members = self.members(base, name)
        elif isinstance(base, Text):
            made.base = self.type_ref(base, self.title)
        else:
            raise SchemaError(base.place, f"{self.title}: 'base' must be an object or the name of a struct")
        made.discriminator = self.expect(self.value['discriminator'], Text, self.title, 'discriminator')
        made.branches = self.branches(self.expect(self.value['data'], Object, self.title, 'data'))
        if not made.branches:
            raise SchemaError(self.value['data'].place, f"{self.title}: 'data' must not be empty")
        return made

    def alternate(self, name):
        made = Alternate(name, self.place, self.doc)
        made.branches = self.branches(self.expect(self.value['data'], Object, self.title, 'data'))
        if not made.branches:
            raise SchemaError(self.value['data'].place, f"{self.title}: 'data' must not be empty")
        for branch in made.branches:
            naming.check_lower(branch.name, branch.place, f'{self.title}: branch')
        return made

    def branches(self, data):
        found = []
        for key, value in data.items():
            branch = self.member(key, value, self.title, optional_allowed=False)
            if branch.features:
                raise SchemaError(key.place, f"{self.title}: branch '{key}' cannot have features")
            if branch.ref.is_list:
                raise SchemaError(key.place, f"{self.title}: branch '{key}' cannot be a list")
            found.append(branch)
        return found

    # documentation

    def attach_doc(self, made):
        doc = self.doc
        excepted = self.pragma.excepts('documentation-exceptions', made.name)
        required = self.pragma.doc_required and not excepted
        if doc is None:
            if self.pragma.doc_required:
                raise SchemaError(self.place, f'{self.title}: documentation is missing')
            return
        if doc.symbol != made.name:
            raise SchemaError(doc.place, f"{self.title}: the documentation in front of it is for '{doc.symbol}'")
        self.attach_members(made, doc, required)
        self.attach_features(made, doc)
        if 'Returns' in doc.tags and not (isinstance(made, Command) and made.returns):
            raise SchemaError(doc.places['tag', 'Returns'], f"{self.title}: 'Returns:' but nothing is returned")
        if 'Errors' in doc.tags and not isinstance(made, Command):
            raise SchemaError(doc.places['tag', 'Errors'], f"{self.title}: 'Errors:' is for commands only")
        if required and not paragraphs(doc.body):
            raise SchemaError(doc.place, f'{self.title}: documentation has no overview')
        if required and not doc.since():
            raise SchemaError(doc.place, f"{self.title}: documentation lacks 'Since:'")

    def attach_members(self, made, doc, required):
        left = dict(doc.members)
        for part in made.documented():
            if part.name in left:
                part.text = left.pop(part.name)
            elif required:
                raise SchemaError(part.place, f"{self.title}: '{part.name}' is not documented")
            if required and not paragraphs(part.text):
                raise SchemaError(doc.places.get(('member', part.name), part.place),
                                  f"{self.title}: description of '{part.name}' is empty")
        for name in left:
            raise SchemaError(doc.places['member', name], f"{self.title}: documented member '{name}' does not exist")

    def attach_features(self, made, doc):
        used = set()
        for owner in [made, *made.documented()]:
            for feature in owner.features:
                if feature.name not in doc.features:
                    raise SchemaError(feature.place, f"{self.title}: feature '{feature.name}' is not documented")
                feature.text = doc.features[feature.name]
                used.add(feature.name)
        for name in doc.features:
            if name not in used:
                raise SchemaError(doc.places['feature', name],
                                  f"{self.title}: documented feature '{name}' does not exist")
