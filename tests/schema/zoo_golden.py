# SPDX-License-Identifier: MIT
"""The zoo schema and the outputs that were read and found good."""

from pathlib import Path

from genschema import outputs

ZOO = Path(__file__).resolve().parent / 'zoo'
EXPECTED = ZOO / 'expected'
DEFINES = frozenset({'BLUE'})


def generate(defines=DEFINES):
    return outputs.generate(str(ZOO / 'zoo.json'), frozenset(defines), str(ZOO / 'order.txt'))[0]


def update():
    EXPECTED.mkdir(exist_ok=True)
    for name, text in generate().items():
        EXPECTED.joinpath(name).write_text(text, encoding='utf-8')
