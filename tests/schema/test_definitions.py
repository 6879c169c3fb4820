# SPDX-License-Identifier: MIT
"""Broken definitions: keys, names, types, unions, alternates, recursion. Each with its whole message."""

import unittest

from schemas import check_complaint, complaint, table

E = "{ 'enum': 'Kind', 'data': [ 'a', 'b' ] }\n"
S = "{ 'struct': 'Foo', 'data': { 'x': 'int' } }\n"
BAR = "{ 'struct': 'Bar', 'data': { 'y': 'int' } }\n"


def struct(members):
    return "{ 'struct': 'Foo', 'data': { " + members + ' } }'


def command(rest):
    return "{ 'command': 'foo', " + rest + ' }'


def union(rest):
    return E + S + BAR + "{ 'union': 'Any', " + rest + ' }'


def alternate(branches, more=''):
    return E + S + BAR + more + "{ 'alternate': 'Any', 'data': { " + branches + ' } }'


KEYS = [
    ('struct without data', "{ 'struct': 'Foo' }", "schema.json:1: struct 'Foo': key 'data' is missing"),
    ('struct with returns', "{ 'struct': 'Foo', 'data': {},\n 'returns': 'int' }",
     "schema.json:2: struct 'Foo': unknown key 'returns'"),
    ('two kinds at once', "{ 'struct': 'Foo', 'data': {}, 'enum': 'Bar' }",
     "schema.json:1: struct 'Foo': unknown key 'enum'"),
    ('name is no string', "{ 'struct': [ 'Foo' ], 'data': {} }", "schema.json:1: value of 'struct' must be a string"),
    ('struct data is a list', "{ 'struct': 'Foo', 'data': [] }",
     "schema.json:1: struct 'Foo': 'data' must be an object"),
    ('struct base is an object', "{ 'struct': 'Foo', 'base': {}, 'data': {} }",
     "schema.json:1: struct 'Foo': 'base' must be a string"),
    ('member type is a flag', struct("'a': true"),
     "schema.json:1: struct 'Foo': member 'a': type must be a name or a list with one name"),
    ('member object without type', struct("'a': { 'if': 'X' }"),
     "schema.json:1: struct 'Foo': member 'a': key 'type' is missing"),
    ('member object with default', struct("'*a': { 'type': 'int', 'default': '1' }"),
     "schema.json:1: struct 'Foo': member 'a': unknown key 'default'"),
    ('member type is an object', struct("'a': { 'type': {} }"),
     "schema.json:1: struct 'Foo': member 'a': type must be a name or a list with one name"),
    ('list of nothing', struct("'a': []"),
     "schema.json:1: struct 'Foo': member 'a': a list type must hold exactly one type name"),
    ('list of two types', struct("'a': [ 'int', 'str' ]"),
     "schema.json:1: struct 'Foo': member 'a': a list type must hold exactly one type name"),
    ('list of lists', struct("'a': [ [ 'int' ] ]"),
     "schema.json:1: struct 'Foo': member 'a': a list type must hold exactly one type name"),

    ('enum without data', "{ 'enum': 'Foo' }", "schema.json:1: enum 'Foo': key 'data' is missing"),
    ('enum data is an object', "{ 'enum': 'Foo', 'data': {} }", "schema.json:1: enum 'Foo': 'data' must be a list"),
    ('enum without values', "{ 'enum': 'Foo', 'data': [] }", "schema.json:1: enum 'Foo': 'data' must not be empty"),
    ('enum value is a list', "{ 'enum': 'Foo', 'data': [ [] ] }",
     "schema.json:1: enum 'Foo': a value must be a string or an object"),
    ('enum value without name', "{ 'enum': 'Foo', 'data': [ { 'if': 'X' } ] }",
     "schema.json:1: enum 'Foo': value: key 'name' is missing"),
    ('enum value with another key', "{ 'enum': 'Foo', 'data': [ { 'name': 'a', 'x': 'y' } ] }",
     "schema.json:1: enum 'Foo': value: unknown key 'x'"),
    ('enum prefix is a list', "{ 'enum': 'Foo', 'data': [ 'a' ], 'prefix': [] }",
     "schema.json:1: enum 'Foo': 'prefix' must be a string"),
    ('enum prefix is no name', "{ 'enum': 'Foo', 'data': [ 'a' ], 'prefix': '1 2' }",
     "schema.json:1: enum 'Foo': prefix: '1 2' is not a valid name"),
    ('enum value twice', "{ 'enum': 'Foo', 'data': [ 'a',\n'a' ] }",
     "schema.json:2: enum 'Foo': value 'a' given twice"),
    ('enum values clash',
     "{ 'pragma': { 'member-name-exceptions': [ 'Foo' ] } }\n{ 'enum': 'Foo', 'data': [ 'a-b', 'a_b' ] }",
     "schema.json:2: enum 'Foo': value 'a_b' clashes with 'a-b'"),
    ('enum values clash by case',
     "{ 'pragma': { 'member-name-exceptions': [ 'Foo' ] } }\n{ 'enum': 'Foo', 'data': [ 'ab', 'aB' ] }",
     "schema.json:2: enum 'Foo': value 'aB' clashes with 'ab'"),
    ('enum value count', "{ 'enum': 'Foo', 'data': [ 'a', 'count' ] }\n" + command("'data': { 'f': 'Foo' }"),
     "schema.json:1: enum 'Foo': C name 'FOO_COUNT' is already used by enum 'Foo': value 'count'"),

    ('command with unknown key', command("'allow-oob': true"), "schema.json:1: command 'foo': unknown key 'allow-oob'"),
    ('command data is a list', command("'data': [ 'Foo' ]"),
     "schema.json:1: command 'foo': 'data' must be an object or the name of a type"),
    ('command data is a flag', command("'data': true"),
     "schema.json:1: command 'foo': 'data' must be an object or the name of a type"),
    ('command data is an int', command("'data': 'int'"),
     "schema.json:1: command 'foo': 'data' must be a struct, 'int' is none"),
    ('command data is an enum', E + command("'data': 'Kind'"),
     "schema.json:2: command 'foo': 'data' must be a struct, 'Kind' is none"),
    ('command data is a union',
     union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Foo' }") + command("'data': 'Any'"),
     "schema.json:4: command 'foo': a union as 'data' needs 'boxed': true"),
    ('command data unknown', command("'data': 'Foo'"), "schema.json:1: command 'foo': 'data': unknown type 'Foo'"),
    ('command argument unknown', command("'data': { 'a':\n 'Foo' }"),
     "schema.json:2: command 'foo': member 'a': unknown type 'Foo'"),
    ('command returns unknown', command("'returns': 'Foo'"),
     "schema.json:1: command 'foo': 'returns': unknown type 'Foo'"),
    ('command returns an object', command("'returns': {}"),
     "schema.json:1: command 'foo': 'returns': type must be a name or a list with one name"),
    ('command returns an int', command("'returns': 'int'"),
     "schema.json:1: command 'foo': 'returns' must be a struct or a list of structs "
     "(or the command in pragma 'command-returns-exceptions')"),
    ('command returns a list of ints', command("'returns': [ 'int' ]"),
     "schema.json:1: command 'foo': 'returns' must be a struct or a list of "
     "structs (or the command in pragma 'command-returns-exceptions')"),
    ('command returns an enum', E + command("'returns': 'Kind'"),
     "schema.json:2: command 'foo': 'returns' must be a struct or a list of structs "
     "(or the command in pragma 'command-returns-exceptions')"),
    ('success response true', command("'success-response': true"),
     "schema.json:1: command 'foo': 'success-response' may only be false"),
    ('success response as text', command("'success-response': 'no'"),
     "schema.json:1: command 'foo': 'success-response' must be true or false"),
    ('success response and result', S + command("'success-response': false, 'returns': 'Foo'"),
     "schema.json:2: command 'foo': 'returns' without a success reply"),
    ('gen true', command("'gen': true"), "schema.json:1: command 'foo': 'gen' may only be false"),
    ('boxed false', S + command("'boxed': false, 'data': 'Foo'"),
     "schema.json:2: command 'foo': 'boxed' may only be true"),
    ('boxed without data', command("'boxed': true"),
     "schema.json:1: command 'foo': 'boxed' needs the name of a type as 'data'"),
    ('boxed with members', command("'boxed': true, 'data': {}"),
     "schema.json:1: command 'foo': 'boxed' needs the name of a type as 'data'"),
]

NAMES = [
    ('type in lower case', "{ 'struct': 'foo', 'data': {} }",
     "schema.json:1: struct 'foo': name 'foo' must be in CamelCase"),
    ('type in upper case', "{ 'struct': 'FOO', 'data': {} }",
     "schema.json:1: struct 'FOO': name 'FOO' must be in CamelCase"),
    ('type with underscore', "{ 'struct': 'Foo_bar', 'data': {} }",
     "schema.json:1: struct 'Foo_bar': name 'Foo_bar' must be in CamelCase"),
    ('type ends in List', "{ 'struct': 'FooList', 'data': {} }",
     "schema.json:1: struct 'FooList': name 'FooList' must not end in 'List'"),
    ('type named like a built-in', "{ 'struct': 'QType', 'data': {} }",
     "schema.json:1: struct 'QType': name of a built-in type"),
    ('type name empty', "{ 'struct': '', 'data': {} }", "schema.json:1: struct '': '' is not a valid name"),
    ('type name with a blank', "{ 'struct': 'Fo o', 'data': {} }",
     "schema.json:1: struct 'Fo o': 'Fo o' is not a valid name"),
    ('command in upper case', "{ 'command': 'Foo' }",
     "schema.json:1: command 'Foo': name 'Foo' must not use upper case or '_'"),
    ('command with underscore', "{ 'command': 'foo_bar' }",
     "schema.json:1: command 'foo_bar': name 'foo_bar' must not use upper case or '_'"),
    ('command begins with a digit', "{ 'command': '1foo' }",
     "schema.json:1: command '1foo': '1foo' is not a valid name"),
    ('command with a dot', "{ 'command': 'foo.bar' }",
     "schema.json:1: command 'foo.bar': 'foo.bar' is not a valid name"),
    ('vendor prefix only', "{ 'command': '__org.virtagent_' }",
     "schema.json:1: command '__org.virtagent_': '__org.virtagent_' is not a valid name"),
    ('vendor prefix without domain', "{ 'command': '__foo' }",
     "schema.json:1: command '__foo': '__foo' is not a valid name"),
    ('vendor command with underscore', "{ 'command': '__org.virtagent_a_b' }",
     "schema.json:1: command '__org.virtagent_a_b': name '__org.virtagent_a_b' must not use upper case or '_'"),
    ('reserved prefix', "{ 'command': 'q-foo' }", "schema.json:1: command 'q-foo': 'q-foo' is not a valid name"),
    ('member in upper case', struct("'A': 'int'"),
     "schema.json:1: struct 'Foo': name 'A' must not use upper case or '_'"),
    ('member with underscore', struct("'a_b': 'int'"),
     "schema.json:1: struct 'Foo': name 'a_b' must not use upper case or '_'"),
    ('member begins with a digit', struct("'1a': 'int'"), "schema.json:1: struct 'Foo': '1a' is not a valid name"),
    ('member empty', struct("'': 'int'"), "schema.json:1: struct 'Foo': '' is not a valid name"),
    ('member only optional', struct("'*': 'int'"), "schema.json:1: struct 'Foo': '' is not a valid name"),
    ('member optional twice', struct("'**a': 'int'"), "schema.json:1: struct 'Foo': '*a' is not a valid name"),
    ('member optional at the end', struct("'a*': 'int'"), "schema.json:1: struct 'Foo': 'a*' is not a valid name"),
    ('member u', struct("'u': 'int'"), "schema.json:1: struct 'Foo': name 'u' is reserved"),
    ('member has-x', struct("'*has-x': 'int'"), "schema.json:1: struct 'Foo': name 'has-x' is reserved"),
    ('argument in upper case', command("'data': { 'A': 'int' }"),
     "schema.json:1: command 'foo': name 'A' must not use upper case or '_'"),
    ('enum value in upper case', "{ 'enum': 'Foo', 'data': [ 'A' ] }",
     "schema.json:1: enum 'Foo': value: name 'A' must not use upper case or '_'"),
    ('enum value empty', "{ 'enum': 'Foo', 'data': [ '' ] }",
     "schema.json:1: enum 'Foo': value: '' is not a valid name"),
    ('enum value with a blank', "{ 'enum': 'Foo', 'data': [ 'a b' ] }",
     "schema.json:1: enum 'Foo': value: 'a b' is not a valid name"),

    ('duplicate type', S + S, "schema.json:2: 'Foo' is already defined at schema.json:1"),
    ('duplicate command', "{ 'command': 'foo' }\n{ 'command': 'foo' }",
     "schema.json:2: 'foo' is already defined at schema.json:1"),
    ('duplicate of another kind', S + "{ 'enum': 'Foo', 'data': [ 'a' ] }",
     "schema.json:2: 'Foo' is already defined at schema.json:1"),
    ('duplicate under other conditions',
     "{ 'struct': 'Foo', 'data': {}, 'if': 'A' }\n{ 'struct': 'Foo', 'data': {}, 'if': { 'not': 'A' } }",
     "schema.json:2: 'Foo' is already defined at schema.json:1"),
    ('types that clash in C',
     "{ 'struct': 'FooBar', 'data': {} }\n{ 'struct': 'Foobar', 'data': {} }\n{ 'enum': 'FOOBar', 'data': [ 'a' ] }",
     "schema.json:3: enum 'FOOBar': name clashes with 'FooBar' at schema.json:1"),
    ('commands that clash in C',
     "{ 'pragma': { 'command-name-exceptions': [ 'a_b' ] } }\n{ 'command': 'a-b' }\n{ 'command': 'a_b' }",
     "schema.json:3: command 'a_b': name clashes with 'a-b' at schema.json:2"),
    ('commands that clash by case',
     "{ 'pragma': { 'command-name-exceptions': [ 'aB' ] } }\n{ 'command': 'ab' }\n{ 'command': 'aB' }",
     "schema.json:3: command 'aB': name clashes with 'ab' at schema.json:2"),
    ('type named like arguments', "{ 'command': 'foo', 'data': { 'a': 'FooIn' } }\n{ 'struct': 'FooIn', 'data': {} }",
     "schema.json:1: command 'foo': C name 'foo_in' is already used by struct 'FooIn'"),
    ('type named bytes', "{ 'command': 'foo', 'data': { 'a': 'Bytes' } }\n{ 'struct': 'Bytes', 'data': {} }",
     "schema.json:2: struct 'Bytes': C name 'bytes' is already used by the runtime"),
    ('type named request', "{ 'command': 'foo', 'data': { 'a': 'Request' } }\n{ 'enum': 'Request', 'data': [ 'a' ] }",
     "schema.json:2: enum 'Request': C name 'request' is already used by the runtime"),
    ('command named enum', "{ 'command': 'enum' }", "schema.json:1: command 'enum': name is used by the runtime"),
    ('enum constants clash',
     "{ 'enum': 'Aa', 'prefix': 'X', 'data': [ 'a' ] }\n{ 'enum': 'Bb', 'prefix': 'X', 'data': [ 'a' ] }\n"
     + command("'data': { 'a': 'Aa', 'b': 'Bb' }"),
     "schema.json:2: enum 'Bb': value 'a': C name 'X_A' is already used by enum 'Aa': value 'a'"),
    ('members clash', "{ 'pragma': { 'member-name-exceptions': [ 'Foo' ] } }\n" + struct("'a-b': 'int',\n'a_b': 'int'"),
     "schema.json:3: struct 'Foo': member 'a_b' clashes with 'a-b'"),
    ('members clash by case',
     "{ 'pragma': { 'member-name-exceptions': [ 'Foo' ] } }\n" + struct("'ab': 'int', 'Ab': 'int'"),
     "schema.json:2: struct 'Foo': member 'Ab' clashes with 'ab'"),
    ('member with and without star', struct("'a': 'int', '*a': 'int'"),
     "schema.json:1: struct 'Foo': member 'a' given twice"),
    ('argument with and without star', command("'data': { 'a': 'int', '*a': 'int' }"),
     "schema.json:1: command 'foo': argument 'a' given twice"),
]

TYPES = [
    ('unknown type', struct("'a': 'int',\n'b': 'Bar'"), "schema.json:2: struct 'Foo': member 'b': unknown type 'Bar'"),
    ('unknown type in a list', struct("'a': [ 'Bar' ]"), "schema.json:1: struct 'Foo': member 'a': unknown type 'Bar'"),
    ('command as a type', "{ 'command': 'bar' }\n" + struct("'a': 'bar'"),
     "schema.json:2: struct 'Foo': member 'a': unknown type 'bar'"),
    ('type any', struct("'a': 'any'"), "schema.json:1: struct 'Foo': member 'a': built-in type 'any' is not supported"),
    ('type null', struct("'a': 'null'"),
     "schema.json:1: struct 'Foo': member 'a': built-in type 'null' is not supported"),
    ('base unknown', "{ 'struct': 'Foo', 'base': 'Bar', 'data': {} }",
     "schema.json:1: struct 'Foo': 'base': unknown type 'Bar'"),
    ('base is an enum', E + "{ 'struct': 'Foo', 'base': 'Kind', 'data': {} }",
     "schema.json:2: struct 'Foo': 'base' must be a struct, 'Kind' is none"),
    ('base is a builtin', "{ 'struct': 'Foo', 'base': 'int', 'data': {} }",
     "schema.json:1: struct 'Foo': 'base' must be a struct, 'int' is none"),
    ('base is itself', "{ 'struct': 'Foo', 'base': 'Foo', 'data': {} }",
     "schema.json:1: struct 'Foo': is its own base"),
    ('bases in a circle',
     "{ 'struct': 'Foo', 'base': 'Bar', 'data': {} }\n{ 'struct': 'Bar', 'base': 'Foo', 'data': {} }",
     "schema.json:1: struct 'Foo': is its own base"),
    ('base has that member', S + "{ 'struct': 'Bar', 'base': 'Foo', 'data': {\n'x': 'int' } }",
     "schema.json:3: struct 'Bar': member 'x' given twice"),
    ('struct in itself', struct("'a': 'Foo'"), "schema.json:1: struct 'Foo': contains itself (Foo -> Foo)"),
    ('struct in itself, optional', struct("'*a': 'Foo'"), "schema.json:1: struct 'Foo': contains itself (Foo -> Foo)"),
    ('structs in a circle',
     struct("'a': 'Bar'") + "\n{ 'struct': 'Bar', 'data': { 'b': 'Baz' } }\n"
     "{ 'struct': 'Baz', 'data': { 'c': 'Foo' } }",
     "schema.json:3: struct 'Foo': contains itself (Foo -> Bar -> Baz -> Foo)"),
    ('struct in itself by its base',
     "{ 'struct': 'Foo', 'base': 'Bar', 'data': {} }\n{ 'struct': 'Bar', 'data': { 'a': 'Foo' } }",
     "schema.json:2: struct 'Foo': contains itself (Foo -> Bar -> Foo)"),
    ('struct in itself by an alternate',
     struct("'a': 'Any'") + "\n{ 'alternate': 'Any', 'data': { 'i': 'int', 's': 'Foo' } }",
     "schema.json:2: struct 'Foo': contains itself (Foo -> Any -> Foo)"),
    ('union in its own branch', E + "{ 'struct': 'Foo', 'data': { 'a': 'Any' } }\n"
     "{ 'union': 'Any', 'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Foo' } }",
     "schema.json:3: struct 'Foo': contains itself (Foo -> Any -> Foo)"),
]

UNIONS = [
    ('without base', union("'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': key 'base' is missing"),
    ('without discriminator', union("'base': { 'k': 'Kind' }, 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': key 'discriminator' is missing"),
    ('base is a list', union("'base': [], 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': 'base' must be an object or the name of a struct"),
    ('base unknown', union("'base': 'Baz', 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': 'base': unknown type 'Baz'"),
    ('base is an enum', union("'base': 'Kind', 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': 'base' must be a struct, 'Kind' is none"),
    ('discriminator not in base', union("'base': { 'k': 'Kind' }, 'discriminator':\n'x', 'data': { 'a': 'Foo' }"),
     "schema.json:5: union 'Any': discriminator 'x' is not a member of the base"),
    ('discriminator is a list', union("'base': { 'k': 'Kind' }, 'discriminator': [], 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': 'discriminator' must be a string"),
    ('discriminator is a string', union("'base': { 'k': 'str' }, 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': discriminator 'k' must be of an enum type"),
    ('discriminator is a list of enums',
     union("'base': { 'k': [ 'Kind' ] }, 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': discriminator 'k' must be of an enum type"),
    ('discriminator is optional', union("'base': { '*k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': discriminator 'k' must not be optional"),
    ('discriminator is conditional',
     union("'base': { 'k': { 'type': 'Kind', 'if': 'X' } }, 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': discriminator 'k' must not be conditional"),
    ('branch is no value', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Foo',\n'c': 'Bar' }"),
     "schema.json:5: union 'Any': branch 'c' is not a value of enum 'Kind'"),
    ('branch is a builtin', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'int' }"),
     "schema.json:4: union 'Any': branch 'a' must be a struct"),
    ('branch is a list', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': [ 'Foo' ] }"),
     "schema.json:4: union 'Any': branch 'a' cannot be a list"),
    ('branch is optional', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { '*a': 'Foo' }"),
     "schema.json:4: union 'Any': member 'a' cannot be optional"),
    ('branch unknown', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Baz' }"),
     "schema.json:4: union 'Any': branch 'a': unknown type 'Baz'"),
    ('branch with features',
     union("'base': { 'k': 'Kind' }, 'discriminator': 'k', "
           "'data': { 'a': { 'type': 'Foo', 'features': [ 'unstable' ] } }"),
     "schema.json:4: union 'Any': branch 'a' cannot have features"),
    ('branch clashes with base',
     union("'base': { 'k': 'Kind', 'x': 'int' }, 'discriminator': 'k', 'data': { 'a': 'Foo' }"),
     "schema.json:4: union 'Any': member 'x' given twice (branch 'a')"),
    ('no branches', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': {}"),
     "schema.json:4: union 'Any': 'data' must not be empty"),
    ('branch twice', union("'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Foo', 'a': 'Bar' }"),
     "schema.json:4: key 'a' given twice"),
]

ALTERNATES = [
    ('two numbers', alternate("'i': 'int', 'n':\n'number'"),
     "schema.json:4: alternate 'Any': branch 'n' cannot be told from branch 'i'"),
    ('two objects', alternate("'f': 'Foo', 'b': 'Bar'"),
     "schema.json:4: alternate 'Any': branch 'b' cannot be told from branch 'f'"),
    ('string and enum', alternate("'s': 'str', 'k': 'Kind'"),
     "schema.json:4: alternate 'Any': branch 'k' cannot be told from branch 's'"),
    ('string and number', alternate("'s': 'str', 'i': 'int'"),
     "schema.json:4: alternate 'Any': branch 'i' cannot be told from branch 's'"),
    ('string and bool', alternate("'b': 'bool', 's': 'str'"),
     "schema.json:4: alternate 'Any': branch 's' cannot be told from branch 'b'"),
    ('switch words and bool',
     alternate("'b': 'bool', 's': 'Switch'", "{ 'enum': 'Switch', 'data': [ 'on', 'auto' ] }\n"),
     "schema.json:5: alternate 'Any': branch 's' cannot be told from branch 'b'"),
    ('digits and number', alternate("'i': 'int', 'd': 'Digit'", "{ 'enum': 'Digit', 'data': [ '1st', 'x' ] }\n"),
     "schema.json:5: alternate 'Any': branch 'd' cannot be told from branch 'i'"),
    ('no branches', alternate(''), "schema.json:4: alternate 'Any': 'data' must not be empty"),
    ('branch is an alternate',
     alternate("'o': 'Other', 'b': 'bool'", "{ 'alternate': 'Other', 'data': { 'i': 'int' } }\n"),
     "schema.json:5: alternate 'Any': branch 'o' cannot be an alternate"),
    ('branch is itself', alternate("'a': 'Any'"), "schema.json:4: alternate 'Any': branch 'a' cannot be an alternate"),
    ('branch unknown', alternate("'a': 'Baz'"), "schema.json:4: alternate 'Any': branch 'a': unknown type 'Baz'"),
    ('branch is optional', alternate("'*a': 'int'"), "schema.json:4: alternate 'Any': member 'a' cannot be optional"),
    ('branch is a list', alternate("'a': [ 'int' ]"), "schema.json:4: alternate 'Any': branch 'a' cannot be a list"),
    ('branch in upper case', alternate("'A': 'int'"),
     "schema.json:4: alternate 'Any': branch: name 'A' must not use upper case or '_'"),
    ('with base', E + "{ 'alternate': 'Any', 'base': {}, 'data': { 'i': 'int' } }",
     "schema.json:2: alternate 'Any': unknown key 'base'"),
]


@table(KEYS, check_complaint)
class Keys(unittest.TestCase):
    pass


@table(NAMES, check_complaint)
class Names(unittest.TestCase):
    def test_command_named_like_a_type(self):
        self.assertIsNone(complaint("{ 'struct': 'GuestInfo', 'data': {} }\n"
        "{ 'command': 'guest-info', 'returns': 'GuestInfo' }"))

    def test_exceptions(self):
        self.assertIsNone(complaint("{ 'pragma': { 'member-name-exceptions': [ 'Foo', 'bar' ] } }\n" +
                                    struct("'A_b': 'int'") + "{ 'command': 'bar', 'data': { 'C_d': 'int' } }"))

    def test_vendor_names(self):
        self.assertIsNone(complaint("{ 'struct': '__com.example_Foo', 'data': { '__com.example_a': 'int' } }\n"
                                    "{ 'command': '__com.example_foo', 'data': '__com.example_Foo' }"))


@table(TYPES, check_complaint)
class Types(unittest.TestCase):
    def test_list_of_itself(self):
        self.assertIsNone(complaint(struct("'a': [ 'Foo' ]") + command("'data': 'Foo', 'returns': 'Foo'")))

    def test_diamond(self):
        self.assertIsNone(complaint(struct("'a': 'Bar', 'b': 'Bar'") + BAR))


@table(UNIONS, check_complaint)
class Unions(unittest.TestCase):
    def test_branches_may_share_names(self):
        self.assertIsNone(complaint(union("'base': { 'k': 'Kind' }, 'discriminator': 'k', "
                                          "'data': { 'a': 'Foo', 'b': 'Foo' }")))


@table(ALTERNATES, check_complaint)
class Alternates(unittest.TestCase):
    def test_switch_words_without_bool(self):
        switch = "{ 'enum': 'Switch', 'data': [ 'on', 'off' ] }\n"
        self.assertIsNone(complaint(alternate("'i': 'int', 's': 'Switch'", switch)))

    def test_one_branch(self):
        self.assertIsNone(complaint(alternate("'s': 'str'")))
