# SPDX-License-Identifier: MIT
"""The look of the generated C: file header, comments, string literals."""

import os
import re
import textwrap

from .docs import paragraphs

WIDTH = 116


def shown_path(path):
    """schema/virtagent.json, whatever the build called it: output must not depend on where the tree lies."""
    path = os.path.abspath(path)
    return os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))


class Out:
    """Collects the lines of one file."""

    def __init__(self, source, purpose):
        self.lines = ['/* SPDX-License-Identifier: MIT */', f'/* generated from {shown_path(source)}, do not edit */',
                      '/* clang-format off */']
        self.block(purpose)

    def __call__(self, *lines):
        self.lines.extend(lines)

    def block(self, text, indent=''):
        """A comment of whole sentences."""
        self.lines.extend(comment([text], indent))

    def text(self):
        return '\n'.join(self.lines) + '\n'


class Header(Out):
    def __init__(self, name, source, purpose):
        super().__init__(source, purpose)
        self.guard = re.sub(r'[^A-Z0-9]', '_', name.upper())
        self('#ifndef ' + self.guard, '#define ' + self.guard, '')

    def text(self):
        return super().text() + '\n#endif\n'


def quoted(text):
    """A C string literal; names and documentation of a schema are ASCII."""
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def plain(text):
    """Documentation as it stands in a comment: @name loses its mark, comment ends are defused."""
    return re.sub(r'(^|[^\w@])@([A-Za-z_])', r'\1\2', text).replace('*/', '* /').replace('/*', '/ *')


def comment(texts, indent=''):
    """One C comment for paragraphs and list items."""
    width = WIDTH - len(indent.expandtabs(8))
    texts = [plain(text) for text in texts if text]
    if not texts:
        return []
    if len(texts) == 1 and len(texts[0]) + 6 <= width:
        return [f'{indent}/* {texts[0]} */']
    lines = [indent + '/*']
    for text in texts:
        rest = '  ' if text.startswith('- ') else ''
        for line in textwrap.wrap(text, width - 3, subsequent_indent=rest, break_long_words=False,
                                  break_on_hyphens=False):
            lines.append(f'{indent} * {line}')
    lines.append(indent + ' */')
    return lines


def doc_comment(text, indent=''):
    """The same for a documentation text (list of lines)."""
    return comment(paragraphs(text), indent)


def definition_comment(one):
    """Overview, errors and age of a command or type."""
    if not one.doc:
        return comment([one.name])
    texts = paragraphs(one.doc.body)
    returns = paragraphs(one.doc.tags.get('Returns', []))
    if returns:
        texts += ['Returns: ' + returns[0], *returns[1:]]
    errors = paragraphs(one.doc.tags.get('Errors', []))
    if errors:
        texts += ['Errors:' if errors[0].startswith('- ') else 'Errors: ' + errors.pop(0), *errors]
    if one.doc.since():
        texts.append(f'Since {one.doc.since()}')
    return comment([f'{one.name}: {texts[0]}', *texts[1:]] if texts else [one.name])
