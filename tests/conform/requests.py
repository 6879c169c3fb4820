# SPDX-License-Identifier: MIT
"""Random requests, valid and damaged, that only ever name harmless commands."""

NAMES = ("guest-ping", "guest-sync", "guest-sync-delimited", "guest-ping", "nope", "", "Guest-Ping", "a.b", "\u00e9")
WORDS = ("true", "false", "null")
NUMBERS = ("0", "-0", "1", "-1", "42", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
           "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1.0", "0.1", "-0.0", "1e2",
           "1E+2", "2.5e-3", "1e16", "1e17", "1e22", "0.0001", "0.00001", "123456789.125", "1e308", "1e-320",
           "5e-324", "1e400", "-1e400", "0e1", "-0E+2", "0.0e1", "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x10",
           "1_000", "NaN", "1" * 400)
PIECES = ("a", "id", "x y", "/", "\xe9", "\u20ac", "\U0001f600", "\\n", "\\t", "\\\\", "\\/", "\\b", "\\f", "\\r",
          "\\u0041", "\\u00e9", "\\u0000", "\\u001f", "\\u007f", "\\uD83D\\uDE00", "\\ud800", "\\udc00", "\\uffff",
          "\\ufdd0", "\\u12", "\\q", "\\x41", "\\'", "\\\"", "\x7f", "\ufffe", "\ufdd0", "\U0001fffe")
RAW = (b"\x00", b"\x01", b"\t", b"\n", b"\r", b" ", b"\x1b", b"\x7f", b"\x80", b"\xc0\x80", b"\xc0\xaf", b"\xc3",
       b"\xed\xa0\x80", b"\xef\xbf\xbe", b"\xf0\x9f\x98\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfe",
       b"\xff", b"{", b"}", b"[", b"]", b":", b",", b'"', b"'", b"\\", b"0", b"-", b".", b"e", b"E", b"a", b"z", b"A",
       b"@", b"/", b"true", b"null", b"\\u", b"\\ud800", b"\xe2\x82", b"\xf0\x9f", b"\xfd")


def string(rng, text=None):
    if text is None:
        text = "".join(rng.choice(PIECES[:9] if rng.random() < 0.6 else PIECES) for _ in range(rng.randrange(4)))
    mark = rng.choice('""""\'')
    return mark + text.replace(mark, "\\" + mark if not text.endswith("\\" + mark) else mark) + mark


def blank(rng):
    return rng.choice(("", "", "", "", " ", "\n", "\t", "\r\n"))


def value(rng, depth=0):
    kind = rng.random()
    if kind < 0.25 or depth > 3 and kind < 0.6:
        return rng.choice(NUMBERS[:24] if rng.random() < 0.85 else NUMBERS)
    if kind < 0.45 or depth > 3:
        return string(rng)
    if kind < 0.6:
        return rng.choice(WORDS) if rng.random() < 0.95 else "tru"
    if kind < 0.8:
        items = [value(rng, depth + 1) for _ in range(rng.randrange(4))]
        return "[" + ("," + blank(rng)).join(items) + blank(rng) + "]"
    return members(rng, [(string(rng), value(rng, depth + 1)) for _ in range(rng.randrange(4))])


def members(rng, pairs):
    return "{" + ",".join(blank(rng) + key + blank(rng) + ":" + blank(rng) + val + blank(rng) for key, val in pairs) + "}"


def request(rng):
    """A request as bytes, mostly a good one."""
    name, pairs = rng.choice(NAMES), []
    if rng.random() < 0.96:
        pairs.append((string(rng, "execute"), string(rng, name) if rng.random() < 0.95 else value(rng)))
    if rng.random() < 0.6:
        pairs.append((string(rng, "id"), value(rng)))
    if name.startswith("guest-sync") and rng.random() < 0.9 or rng.random() < 0.1:
        inner = [(string(rng, "id"), str(rng.randrange(-5, 1 << 40)) if rng.random() < 0.8 else value(rng))]
        if rng.random() < 0.1:
            inner.append((string(rng), value(rng)))
        pairs.append((string(rng, "arguments"), members(rng, inner) if rng.random() < 0.93 else value(rng)))
    if rng.random() < 0.05:
        pairs.append((string(rng), value(rng)))
    rng.shuffle(pairs)
    return (members(rng, pairs) + blank(rng)).encode("utf-8", "surrogatepass")


def damage(rng, data):
    """One small injury."""
    at, kind = rng.randrange(len(data) + 1), rng.randrange(5)
    if kind == 0:
        return data[:at] + rng.choice(RAW) + data[at:]
    if kind == 1:
        return data[:at] + data[at + rng.choice((1, 1, 1, 2, 5)):]
    if kind == 2:
        return data[:at] + rng.choice(RAW) + data[at + 1:]
    if kind == 3:
        other = rng.randrange(len(data) + 1)
        return data[:at] + data[min(at, other):max(at, other)][:12] + data[at:]
    return data[:at]


def stream(rng):
    """A few requests, some of them damaged."""
    out = b""
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = request(rng)
        for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
            data = damage(rng, data)
        out += data
    return out


def pieces(rng, data, most=6):
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(most)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)]) if start != end]
