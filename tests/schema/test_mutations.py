# SPDX-License-Identifier: MIT
"""A schema with a slip of the hand anywhere is refused with file and line or understood, never met with a traceback."""

import random
import re
import unittest

import zoo_golden
from genschema.source import SchemaError
from schemas import generate

ROUNDS = 500
TOKEN = re.compile(r"##|#[^\n]*|'[^'\n]*'|[{}\[\]:,]|\w+|\s+|.")


def zoo_text():
    """The zoo in one file."""
    text = (zoo_golden.ZOO / 'zoo.json').read_text(encoding='utf-8').replace("{ 'include': 'types.json' }", '')
    return (zoo_golden.ZOO / 'types.json').read_text(encoding='utf-8') + text


class Mutations(unittest.TestCase):
    def play(self, text, mutate):
        tokens = TOKEN.findall(text)
        self.assertEqual(''.join(tokens), text)
        for seed in range(ROUNDS):
            changed = list(tokens)
            mutate(random.Random(seed), changed)
            with self.subTest(seed=seed):
                try:
                    generate(''.join(changed), ('BLUE',))
                except SchemaError as error:
                    self.assertRegex(str(error), r'^schema\.json:\d+: \S[^\n]*$')

    def test_any_token(self):
        def mutate(rnd, tokens):
            for _ in range(rnd.choice((1, 1, 1, 2, 5))):
                one, other = rnd.randrange(len(tokens)), rnd.randrange(len(tokens))
                kind = rnd.randrange(4)
                if kind == 0:
                    del tokens[one]
                elif kind == 1:
                    tokens.insert(one, tokens[other])
                elif kind == 2:
                    tokens[one] = tokens[other % len(tokens)]
                else:
                    tokens[one], tokens[other] = tokens[other], tokens[one]
        self.play(zoo_text(), mutate)

    def test_strings_outside_of_comments(self):
        def mutate(rnd, tokens):
            strings = [index for index, token in enumerate(tokens) if token[0] == "'"]
            for _ in range(rnd.choice((1, 1, 2))):
                tokens[rnd.choice(strings)] = tokens[rnd.choice(strings)]
        text = re.sub(r'#[^\n]*', '', zoo_text()).replace("'doc-required': true", "'doc-required': false")
        self.play(text, mutate)
