# SPDX-License-Identifier: MIT
"""protocol.scd: the commands and types for virtagent-protocol(7), in scdoc. The same text as reference.md, of which the
few forms that it uses are put into those of a manual page."""

import re

from . import emit_reference
from .ctext import shown_path

HEADINGS = {'### ': '## ', '## ': '# '}
LINK = re.compile(r'\[([^\]]+)\]\(#[^)]*\)')
CODE = re.compile(r'`([^`]+)`')


def page(model, source):
    lines = emit_reference.page(model, source).splitlines()
    at = lines.index('## Commands')
    # not the listing: a manual page has no links to follow
    first = next((n for n, line in enumerate(lines) if line.startswith('### ')), len(lines))
    body = [lines[at], '', *lines[first:]]
    head = ['; SPDX-License-Identifier: MIT', f'; generated from {shown_path(source)}, do not edit']
    return '\n'.join(head + [_line(line) for line in body]) + '\n'


def _line(line):
    for markdown, manual in HEADINGS.items():
        if line.startswith(markdown):
            title = line[len(markdown):]
            return manual + (title.upper() if manual == '# ' else title)
    item = re.match(r' *- ', line)
    head, text = (item.group(), line[item.end():]) if item else ('', line)
    return head + _prose(text)


def _prose(text):
    """Code in bold, links as their words, everything else literally."""
    parts = CODE.split(LINK.sub(r'\1', text))
    return ''.join(f'*{_escaped(one)}*' if n % 2 else _escaped(one) for n, one in enumerate(parts))


def _escaped(text):
    return re.sub(r'([\\_*#~])', r'\\\1', text)
