/* SPDX-License-Identifier: MIT */
#include "sys/udev.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "sys/root.h"

#define BLANKS " \t\n\v\f\r"

bool udev_find(const char *record, size_t n, const char *key, struct slice *ret)
{
	struct slice text = slice_of(record, n), line;
	size_t       len = strlen(key);

	while (slice_line(&text, &line)) {
		if (line.n <= len + 3 || memcmp(line.p, "E:", 2) != 0 ||
		    memcmp(line.p + 2, key, len) != 0 || line.p[2 + len] != '=')
			continue;
		*ret = slice_of(line.p + len + 3, line.n - len - 3);
		return true;
	}
	return false;
}

const char *udev_block_property(const struct sys_root *root, unsigned major, unsigned minor,
				const char *key, struct arena *a)
{
	struct buf   record = BUF_INIT(UDEV_RECORD_MAX);
	struct slice value;
	char         path[64];
	const char  *ret = NULL;
	int          os;

	(void)snprintf(path, sizeof(path), "/run/udev/data/b%u:%u", major, minor);
	if (root_read(root, path, &record, &os) > 0 &&
	    udev_find(record.data, record.len, key, &value))
		ret = arena_strndup(a, value.p, value.n);
	buf_fini(&record);
	return ret;
}

void udev_join_words(char *s)
{
	const char *from = s + strspn(s, BLANKS);
	char       *to = s;

	while (*from) {
		size_t blanks = strspn(from, BLANKS);

		from += blanks;
		if (blanks && *from)
			*to++ = '_';
		if (*from)
			*to++ = *from++;
	}
	*to = '\0';
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("#+-.:=@_", c));
}

void udev_replace_chars(char *s)
{
	const char *end = s + strlen(s);

	while (s < end) {
		const unsigned char *next = (const unsigned char *)s;

		if ((unsigned char)*s >= 0x80 && utf8_next(&next, (const unsigned char *)end) > 0) {
			s += next - (const unsigned char *)s;
		} else if (s[0] == '\\' && s[1] == 'x') {
			s += 2; /* an escape that somebody has made already */
		} else {
			if (!is_plain(*s))
				*s = '_';
			s++;
		}
	}
}
