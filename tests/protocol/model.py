# SPDX-License-Identifier: MIT
"""What an agent must answer to a stream of bytes, as a slow and plain model of the specification.

`Wire(rules)` models the reference agent when `rules` is empty and virtagent when it is `OURS`; every
member of the set is one row of the decisions, so that a difference between two
agents can be explained by the rows that have to be switched on to get from one to the other.

The replies are byte strings ending in LF. Where an answer is not fixed, it is a tuple of the permitted ones
(the reference looks at request members in hash order). guest-info and guest-get-time are answered with the
placeholders INFO and TIME.
"""

import math
import sys

sys.setrecursionlimit(20000)

OURS = frozenset({"1", "4", "5", "7", "7a", "8", "53", "57"})

MAX_SIZE = 64 << 20
MAX_TOKENS = 2097152
MAX_DEPTH = 1024
INFO, TIME = b"<info>", b"<time>"

DIGITS, LETTERS = frozenset(b"0123456789"), frozenset(range(0x61, 0x7B))
BLANK, STRUCTURE = frozenset(b" \t\r\n"), frozenset(b"{}[]:,")

# Number states: what may follow. Each maps a byte to the next state; FINAL ones end at any other byte.
FINAL = {"zero", "int", "frac", "exp"}


class Fault(Exception):
    """A syntax error in a complete message."""


def number_step(state, byte, lone_zero_exponent):
    """The next number state, None when the number ends before `byte`, or "error"."""
    digit = byte in DIGITS
    if state == "minus":
        return "zero" if byte == 0x30 else "int" if digit else "error"
    if state == "zero" and digit:
        return "error"
    if state in ("int", "frac", "exp") and digit:
        return state
    if state in ("zero", "int") and byte == 0x2E:
        return "point"
    if state in ("int", "frac") or (state == "zero" and lone_zero_exponent):
        if byte in b"eE":
            return "e"
    if state == "point":
        return "frac" if digit else "error"
    if state == "e":
        return "exp" if digit else "sign" if byte in b"+-" else "error"
    if state == "sign":
        return "exp" if digit else "error"
    return None


def valid_point(point, noncharacters):
    if 0xD800 <= point <= 0xDFFF or point > 0x10FFFF:
        return False
    return noncharacters or not (0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE)


def utf8_point(data, at):
    """The code point at `at` and its length, (None, length of the bad sequence) if it is none."""
    lead = data[at]
    if lead < 0x80:
        return lead, 1
    if lead < 0xC0 or lead > 0xFD:
        return None, 1
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4 if lead < 0xF8 else 5 if lead < 0xFC else 6
    point = lead & (0x7F >> length)
    for used in range(1, length):
        if at + used >= len(data) or data[at + used] & 0xC0 != 0x80:
            return None, used
        point = point << 6 | data[at + used] & 0x3F
    least = {2: 0x80, 3: 0x800, 4: 0x10000, 5: 0x200000, 6: 0x4000000}[length]
    if (point < least and not (point == 0 and length == 2)) or point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        return None, length
    return point, length


def quote(points):
    """A string of code points as JSON text; None stands for a bad sequence."""
    out = bytearray(b'"')
    short = {0x22: b'\\"', 0x5C: b"\\\\", 8: b"\\b", 12: b"\\f", 10: b"\\n", 13: b"\\r", 9: b"\\t"}
    for point in points:
        point = 0xFFFD if point is None else point
        if point in short:
            out += short[point]
        elif 0x20 <= point < 0x7F:
            out.append(point)
        elif point < 0x10000:
            out += b"\\u%04X" % point
        else:
            point -= 0x10000
            out += b"\\u%04X\\u%04X" % (0xD800 + (point >> 10), 0xDC00 + (point & 0x3FF))
    return bytes(out + b'"')


def loose_points(data, noncharacters=False):
    """Code points of bytes that need not be UTF-8."""
    at, out = 0, []
    while at < len(data):
        point, length = utf8_point(data, at)
        if point is not None and not valid_point(point, noncharacters):
            point = None
        out.append(point)
        at += length
    return out


def double_text(value, shortest):
    if math.isinf(value):
        return b"-inf" if value < 0 else b"inf"
    if not shortest:
        return b"%.17g" % value
    # The shortest digits, laid out as %.17g would; whole numbers below 1e17 come out in full.
    digits, _, exponent = ("%.16e" % value).partition("e")
    for precision in range(17):
        if float("%.*e" % (precision, value)) == value:
            digits, _, exponent = ("%.*e" % (precision, value)).partition("e")
            break
    exponent = int(exponent)
    if -5 < exponent < 17:
        places = max(0, len(digits.lstrip("-").replace(".", "")) - 1 - exponent)
        text = "%.*f" % (places, value)
        return (text.rstrip("0").rstrip(".") if "." in text else text).encode()
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return b"%se%+03d" % (digits.encode(), exponent)


class Wire:
    def __init__(self, rules=OURS):
        self.rules = frozenset(rules)
        self.replies = []
        self.reset()
        self.state = "start"

    # Bytes to tokens.

    def reset(self):
        """Forget the message read so far."""
        self.token, self.tokens, self.size, self.open = bytearray(), [], 0, []
        self.braces = self.brackets = 0
        self.skip = None

    def feed(self, data):
        """Replies to `data`, in order."""
        self.replies = []
        for byte in data:
            if byte == 0xFF and "1" in self.rules:
                self.reset()
                self.state = "start"
            elif self.skip is not None:
                self.skip_byte(byte)
            else:
                self.byte(byte)
        return self.replies

    def byte(self, byte):
        if self.state in ("number", "word"):
            if self.state == "number":
                step = number_step(self.number, byte, "7a" in self.rules)
            else:
                step = "word" if byte in LETTERS else None
            if step == "error":
                return self.stray(byte)
            if step is not None:
                self.number = step
                self.token.append(byte)
                return self.check_growth()
            self.end_token(self.state)
            if self.skip is not None:
                return self.skip_byte(byte)
        if self.state in ("string", "escape"):
            if byte < 0x20 or byte > 0xFD:
                return self.stray(byte)
            self.token.append(byte)
            if self.state == "escape":
                self.state = "string"
            elif byte == 0x5C:
                self.state = "escape"
            elif byte == self.token[0]:
                return self.end_token("string")
            return self.check_growth()
        if self.state == "recovery":
            if not (byte < 0x20 and byte != 9 or byte >= 0xFE or byte in STRUCTURE):
                return None
            self.state = "start"
        if byte in BLANK:
            return None
        self.token.append(byte)
        if byte in STRUCTURE:
            self.end_token("mark")
        elif byte in b"\"'":
            self.state = "string"
        elif byte in DIGITS or byte == 0x2D:
            self.state = "number"
            self.number = "minus" if byte == 0x2D else "zero" if byte == 0x30 else "int"
        elif byte in LETTERS:
            self.state = "word"
        else:
            self.token.clear()
            self.stray(byte)
        return None

    def stray(self, byte):
        text = bytes(self.token) + bytes([byte])
        self.reset()
        self.state = "recovery"
        self.parse_error(b"stray '" + text.split(b"\0")[0] + b"'", "53" in self.rules)

    def check_growth(self):
        if len(self.token) >= MAX_SIZE:
            self.limit("JSON token size limit exceeded", None)

    def end_token(self, kind):
        token, self.token, self.state = bytes(self.token), bytearray(), "start"
        self.size += len(token)
        self.tokens.append((kind, token))
        mark = token if kind == "mark" else b""
        self.braces += (mark == b"{") - (mark == b"}")
        self.brackets += (mark == b"[") - (mark == b"]")
        matched = True
        if mark in (b"{", b"["):
            self.open.append(mark)
        elif mark in (b"}", b"]"):
            matched = bool(self.open) and self.open.pop() == {b"}": b"{", b"]": b"["}[mark]
        if self.size >= MAX_SIZE:
            return self.limit("JSON token size limit exceeded", matched)
        if len(self.tokens) > MAX_TOKENS:
            return self.limit("JSON token count limit exceeded", matched)
        if len(self.open) > MAX_DEPTH or self.braces + self.brackets > MAX_DEPTH:
            return self.limit("JSON nesting depth limit exceeded", matched)
        if "4" in self.rules:
            complete = not self.open or not matched
        else:
            complete = (self.braces <= 0 and self.brackets <= 0) or self.braces < 0 or self.brackets < 0
        if complete:
            tokens = self.tokens
            self.reset()
            self.message(tokens)
        return None

    def limit(self, text, matched):
        """A limit is passed: one error, then the rest of the message is skipped. `matched` is None inside a token."""
        state, opened = self.state, self.open
        first = self.token[:1]
        self.reset()
        self.state = "start"
        self.error(text)
        if "8" not in self.rules:
            return
        if matched is None or (opened and matched):
            self.skip, self.skip_open = state if matched is None else "between", opened
            self.skip_quote = first[0] if first else 0

    def skip_byte(self, byte):
        """Follow strings and brackets to the end of an oversized message; kinds count down to the depth limit only."""
        if self.skip == "escape":
            self.skip = "string"
        elif self.skip == "string":
            if byte == 0x5C:
                self.skip = "escape"
            elif byte == self.skip_quote:
                self.skip = "between" if self.skip_open else None
        elif self.skip in ("word", "number") and not self.skip_open:
            if not (byte in LETTERS or byte in DIGITS or byte in b"+-.E"):
                self.skip = None
                self.byte(byte)
        elif byte in b"\"'":
            self.skip, self.skip_quote = "string", byte
        elif byte in b"{[":
            self.skip_open.append(bytes([byte]))
        elif byte in b"}]":
            known = len(self.skip_open) <= MAX_DEPTH
            kind = self.skip_open.pop()
            if not self.skip_open or known and kind != {0x7D: b"{", 0x5D: b"["}[byte]:
                self.skip = None

    # Tokens to a value. An object is a list of pairs, so that order is kept.

    def message(self, tokens):
        self.rest = tokens[::-1]
        try:
            value = self.value()
        except Fault as fault:
            return self.parse_error(fault.args[0], True)
        return self.request(value)

    def value(self):
        if not self.rest:
            raise Fault(b"premature EOI")
        kind, token = self.rest.pop()
        if kind == "string":
            return ("string", self.string(token))
        if kind == "number":
            return self.number_value(token)
        if kind == "word":
            if token in (b"true", b"false", b"null"):
                return (token.decode(), None)
            raise Fault(b"invalid keyword '" + token + b"'")
        if token == b"[":
            return ("array", self.array())
        if token == b"{":
            return ("object", self.object())
        raise Fault(b"expecting value")

    def peek(self):
        return self.rest[-1][1] if self.rest and self.rest[-1][0] == "mark" else b""

    def array(self):
        items = []
        if self.peek() == b"]":
            self.rest.pop()
            return items
        while True:
            items.append(self.value())
            mark = self.peek()
            if mark not in (b",", b"]"):
                raise Fault(b"expected separator in list")
            self.rest.pop()
            if mark == b"]":
                return items

    def object(self):
        pairs = []
        if self.peek() == b"}":
            self.rest.pop()
            return pairs
        while True:
            key = self.value()
            if key[0] != "string":
                raise Fault(b"key is not a string in object")
            if self.peek() != b":":
                raise Fault(b"missing : in object pair")
            self.rest.pop()
            value = self.value()
            if any(name == key[1] for name, _ in pairs):
                raise Fault(b"duplicate key")
            pairs.append((key[1], value))
            mark = self.peek()
            if mark not in (b",", b"}"):
                raise Fault(b"expected separator in dict")
            self.rest.pop()
            if mark == b"}":
                return pairs

    def number_value(self, token):
        if not any(mark in token for mark in b".eE"):
            value = int(token)
            if -1 << 63 <= value < 1 << 64:
                return ("int", value)
        value = float(token)
        if math.isinf(value) and "5" in self.rules:
            raise Fault(b"number out of range")
        return ("double", value)

    def string(self, token):
        """Code points of a quoted token, as a tuple."""
        out, at, end = [], 1, len(token) - 1
        nonchar = "7" in self.rules
        while at < end:
            if token[at] != 0x5C:
                point, length = utf8_point(token, at)
                if point is None or not valid_point(point, nonchar):
                    raise Fault(b"invalid UTF-8 sequence in string")
                out.append(point)
                at += length
                continue
            simple = b"\"'\\/bfnrt".find(token[at + 1])
            if simple >= 0:
                out.append(b"\"'\\/\b\f\n\r\t"[simple])
                at += 2
                continue
            if token[at + 1] != 0x75:
                raise Fault(b"invalid escape sequence in string")
            point, used = self.hex4(token, at + 2), 6
            if point is not None and 0xD800 <= point < 0xDC00:
                low = self.hex4(token, at + 8) if token[at + 6:at + 8] == b"\\u" else None
                if low is not None and 0xDC00 <= low < 0xE000:
                    point, used = 0x10000 + ((point & 0x3FF) << 10) + (low & 0x3FF), 12
            if point is None or not valid_point(point, nonchar):
                raise Fault(token[at:at + used] + b" is not a valid Unicode character")
            out.append(point)
            at += used
        return tuple(out)

    @staticmethod
    def hex4(token, at):
        text = token[at:at + 4]
        if len(text) == 4 and all(byte in b"0123456789abcdefABCDEF" for byte in text):
            return int(text, 16)
        return None

    # A value to a reply.

    def request(self, value):
        if value[0] != "object":
            return self.error("QMP input must be a JSON object")
        members, faults = dict(value[1]), []
        names = {key: tuple(key.encode()) for key in ("execute", "arguments", "id")}
        tail = None if names["id"] not in members else self.text(members[names["id"]])
        for name, member in value[1]:
            if name not in names.values():
                faults.append(b"QMP input member '%s' is unexpected" % quote(name)[1:-1])
            elif name == names["execute"] and member[0] != "string":
                faults.append(b"QMP input member 'execute' must be a string")
            elif name == names["arguments"] and member[0] != "object":
                faults.append(b"QMP input member 'arguments' must be an object")
        if not faults and names["execute"] not in members:
            faults = [b"QMP input lacks member 'execute'"]
        if faults:
            if "57" in self.rules:
                faults = faults[:1]
            return self.reply(*(self.error_text("GenericError", fault, tail) for fault in faults))
        return self.command(members[names["execute"]][1], dict(members.get(names["arguments"], (0, []))[1]), tail)

    def command(self, name, given, tail):
        plain = bytes(point for point in name if point < 0x80) if all(point < 0x80 for point in name) else b""
        sync = plain in (b"guest-sync", b"guest-sync-delimited")
        if not sync and plain not in (b"guest-ping", b"guest-info", b"guest-get-time"):
            text = b"The command %s has not been found" % quote(name)[1:-1]
            return self.reply(self.error_text("CommandNotFound", text, tail))
        wanted = tuple(b"id")
        if sync and wanted not in given:
            return self.reply(self.error_text("GenericError", b"Parameter 'id' is missing", tail))
        if sync and not (given[wanted][0] == "int" and given[wanted][1] < 1 << 63):
            return self.reply(self.error_text(
                "GenericError", b"Invalid parameter type for 'id', expected: integer", tail))
        foreign = [member for member in given if not sync or member != wanted]
        if foreign:
            return self.reply(*(self.error_text(
                "GenericError", b"Parameter '%s' is unexpected" % quote(member)[1:-1], tail) for member in foreign))
        result = b"%d" % given[wanted][1] if sync else {b"guest-ping": b"{}", b"guest-info": INFO}.get(plain, TIME)
        end = b"}\n" if tail is None else b', "id": ' + tail + b"}\n"
        return self.reply((b"\xff" if plain == b"guest-sync-delimited" else b"") + b'{"return": ' + result + end)

    def text(self, value):
        kind, inner = value
        if kind == "string":
            return quote(inner)
        if kind == "int":
            return b"%d" % inner
        if kind == "double":
            return double_text(inner, "5" in self.rules)
        if kind == "array":
            return b"[" + b", ".join(self.text(item) for item in inner) + b"]"
        if kind == "object":
            return b"{" + b", ".join(quote(key) + b": " + self.text(item) for key, item in inner) + b"}"
        return kind.encode()

    def parse_error(self, text, cut):
        if cut:
            text = text[:1023]
        text = quote(loose_points(text, "7" in self.rules))[1:-1]
        self.reply(self.error_text("GenericError", b"JSON parse error, " + text, None))

    def error(self, text):
        self.reply(self.error_text("GenericError", text.encode(), None))

    @staticmethod
    def error_text(kind, text, tail):
        head = b"{" if tail is None else b'{"id": ' + tail + b", "
        return head + b'"error": {"class": "%s", "desc": "%s"}}\n' % (kind.encode(), text)

    def reply(self, *choices):
        self.replies.append(choices[0] if len(set(choices)) == 1 else choices)
