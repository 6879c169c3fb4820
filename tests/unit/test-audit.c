/* SPDX-License-Identifier: MIT */
/*
 * Audit lines: that no value can forge a line or a field, what is cut, the journal's protocol, and
 * the writer's way to the journal, to syslog and to a file.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf8.h"
#include "log-writer.h"
#include "log/audit_field.h"
#include "log/audit_sink.h"
#include "log/audit_text.h"
#include "log/record.h"
#include "log/writer.h"
#include "random.h"

#define NS 1700000000123456789

static char              dir[64], file[96];
static struct log_config config = {.program = "test-audit", .root = dir, .audit_file = file};

/* --- texts --- */

static const char *line_of(const struct audit_record *r, size_t size)
{
	static char               text[AUDIT_LINE_MAX + 1];
	const struct audit_source s = {
		.ns = NS, .data = r->data, .n = r->n, .truncated = r->truncated};
	size_t n = audit_format_line(&s, text, size);

	assert_true(n <= size);
	text[n] = '\0';
	assert_int_equal(strlen(text), n);
	return text;
}

static void test_line(void **state)
{
	struct audit_record r;

	(void)state;
	audit_init(&r);
	audit_add_argument(&r, "mode", "w", 1);
	audit_add_str(&r, AUDIT_SUBJECT, "/etc/motd");
	audit_add_int(&r, AUDIT_DURATION, 1234);
	audit_add_str(&r, AUDIT_CHANNEL, "vsock");
	audit_add_str(&r, AUDIT_VERDICT, "ok");
	audit_add_str(&r, AUDIT_PEER, "cid=2,port=9");
	audit_add_str(&r, AUDIT_COMMAND, "guest-file-open");
	audit_add_int(&r, AUDIT_RESULT, -1);
	assert_string_equal(
		line_of(&r, AUDIT_LINE_MAX),
		"channel=\"vsock\" peer=\"cid=2,port=9\" command=guest-file-open verdict=ok "
		"duration-us=1234 result=-1 mode=\"w\" subject=\"/etc/motd\"");
	assert_false(r.truncated);
}

static const char *line_with(const char *subject)
{
	struct audit_record r;

	audit_init(&r);
	audit_add_str(&r, AUDIT_SUBJECT, subject);
	return line_of(&r, AUDIT_LINE_MAX);
}

static void test_forging(void **state)
{
	(void)state;
	assert_string_equal(line_with("a\" verdict=\"ok"), "subject=\"a\\\" verdict=\\\"ok\"");
	assert_string_equal(line_with("a\\"), "subject=\"a\\\\\"");
	assert_string_equal(line_with("a\ntime=1\r\t\x1b[2J\x7f"),
			    "subject=\"a\\ntime=1\\r\\t\\x1b[2J\\x7f\"");
	/* bytes that are no UTF-8, an overlong quote, U+0000, half a character */
	assert_string_equal(line_with("\xff\xc0\xa2\xc0\x80\xe2\x82"),
			    "subject=\"\\xff\\xc0\\xa2\\xc0\\x80\\xe2\\x82\"");
	/* next line, line separator, right-to-left override and isolate, byte order mark */
	assert_string_equal(line_with("\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa7\xef\xbb\xbf"),
			    "subject=\"\\xc2\\x85\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xe2\\x81\\xa7\\xef"
			    "\\xbb\\xbf\"");
	assert_string_equal(line_with("Grüße €"), "subject=\"Grüße €\"");
}

static unsigned hex_value(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Reads the value of `subject` back: its length. It must be all that stands there. */
static size_t unquote(const char *line, char *to)
{
	size_t n = 0;

	assert_memory_equal(line, "subject=\"", 9);
	for (line += 9; *line != '"'; line++) {
		assert_true((unsigned char)*line >= 0x20 && *line != 0x7F);
		if (*line != '\\') {
			to[n++] = *line;
			continue;
		}
		switch (*++line) {
		case 'n':
			to[n++] = '\n';
			break;
		case 't':
			to[n++] = '\t';
			break;
		case 'r':
			to[n++] = '\r';
			break;
		case 'x':
			to[n++] = (char)(hex_value(line[1]) << 4 | hex_value(line[2]));
			line += 2;
			break;
		default:
			assert_true(*line == '"' || *line == '\\');
			to[n++] = *line;
		}
	}
	assert_int_equal(line[1], '\0');
	return n;
}

/* Whatever bytes a value has, the line is text and gives them back. */
static void test_any_bytes(void **state)
{
	struct random       rnd;
	struct audit_record r;
	char                value[64], back[64 + 1];
	unsigned            i, k;
	size_t              n;

	(void)state;
	random_init(&rnd, 1);
	for (i = 0; i < 20000; i++) {
		n = random_below(&rnd, sizeof(value));
		for (k = 0; k < n; k++)
			value[k] = i % 2 ? (char)random_below(&rnd, 256)
					 : "\"\\\xe2\x80\xae\nax=\xc2"[random_below(&rnd, 10)];
		audit_init(&r);
		audit_add(&r, AUDIT_SUBJECT, value, n);
		assert_true(utf8_is_text(line_of(&r, AUDIT_LINE_MAX)));
		assert_int_equal(unquote(line_of(&r, AUDIT_LINE_MAX), back), n);
		assert_memory_equal(back, value, n);
	}
}

/* What should be ours comes through a queue to which other processes write. */
static void test_plain_values(void **state)
{
	struct audit_record r;

	(void)state;
	audit_init(&r);
	audit_add_str(&r, AUDIT_VERDICT, "ok subject=x");
	audit_add_str(&r, AUDIT_CLASS, "");
	assert_string_equal(line_of(&r, AUDIT_LINE_MAX), "verdict=\"ok subject=x\" class=\"\"");
}

static void fill(char *to, size_t n, const char *with)
{
	size_t i, len = strlen(with);

	for (i = 0; i < n; i++)
		to[i] = with[i % len];
	to[n] = '\0';
}

static void test_cut_value(void **state)
{
	static char         path[2 * AUDIT_RECORD_MAX + 1];
	struct audit_record r;
	const char         *line;

	(void)state;
	/* a path as long as the kernel takes is all there */
	fill(path, 4095, "p");
	audit_init(&r);
	audit_add_str(&r, AUDIT_SUBJECT, path);
	assert_false(r.truncated);
	assert_non_null(strstr(line_of(&r, AUDIT_LINE_MAX), path));
	/* characters of two bytes behind one of one: the limit falls into one of them */
	fill(path, sizeof(path) - 1, "\xc3\xa9");
	path[0] = 'x';
	memmove(path + 1, path + 2, sizeof(path) - 3);
	audit_init(&r);
	audit_add_str(&r, AUDIT_SUBJECT, path);
	assert_true(r.truncated);
	line = line_of(&r, AUDIT_LINE_MAX);
	assert_memory_equal(line, "truncated=yes subject=\"x\xc3\xa9", 26);
	assert_string_equal(line + strlen(line) - 3, "\xc3\xa9\"");
	assert_int_equal(strlen(line), 14 + 9 + 4095 + 1);
}

static void test_full_record(void **state)
{
	static char         text[257];
	struct audit_record r;
	unsigned            i;

	(void)state;
	fill(text, 256, "a");
	audit_init(&r);
	for (i = 0; i < 100; i++)
		audit_add_argument(&r, "arg", text, 256);
	assert_true(r.truncated);
	assert_true(r.n <= AUDIT_RECORD_MAX);
	assert_non_null(strstr(line_of(&r, AUDIT_LINE_MAX), "truncated=yes arg="));
}

static void test_short_line(void **state)
{
	struct audit_record r;
	size_t              size;

	(void)state;
	audit_init(&r);
	audit_add_str(&r, AUDIT_VERDICT, "ok");
	audit_add_str(&r, AUDIT_SUBJECT, "\n\n\n\n\n\n\n\n\n\n");
	assert_string_equal(line_of(&r, 41),
			    "verdict=ok subject=\"\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\"");
	assert_string_equal(line_of(&r, 40), "verdict=ok truncated=yes subject=\"\\n\\n\"");
	for (size = 1; size < 60; size++)
		(void)line_of(&r, size);
}

static void test_broken_records(void **state)
{
	static char         to[AUDIT_JOURNAL_MAX];
	struct random       rnd;
	struct audit_record r;
	struct audit_source s = {.data = r.data};
	unsigned            i, k;

	(void)state;
	random_init(&rnd, 2);
	for (i = 0; i < 3000; i++) {
		r.n = random_below(&rnd, sizeof(r.data));
		for (k = 0; k < r.n; k++)
			r.data[k] = (char)(random_below(&rnd, i % 3 ? 8 : 256));
		r.truncated = false;
		s.n = r.n;
		assert_true(utf8_is_text(line_of(&r, AUDIT_LINE_MAX)));
		assert_true(audit_format_journal(&s, "p", to) <= sizeof(to));
	}
}

static void test_lost_and_time(void **state)
{
	const struct audit_source s = {.ns = NS, .lost = 7};
	char                      text[64];

	(void)state;
	text[audit_format_line(&s, text, sizeof(text))] = '\0';
	assert_string_equal(text, "lost=7");
	text[audit_format_time(NS, text, sizeof(text))] = '\0';
	assert_string_equal(text, "time=2023-11-14T22:13:20.123456Z ");
}

static void test_syslog_text(void **state)
{
	struct audit_source s = {.ns = NS, .data = "", .n = 0};
	char                text[96], want[96], when[32];
	time_t              seconds = NS / 1000000000;
	struct tm           tm;

	(void)state;
	assert_non_null(localtime_r(&seconds, &tm));
	(void)strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	(void)snprintf(want, sizeof(want), "<86>%s p: audit: ", when);
	text[audit_format_syslog(&s, "p", text, sizeof(text))] = '\0';
	assert_string_equal(text, want);
	s.notable = true;
	text[audit_format_syslog(&s, "p", text, sizeof(text))] = '\0';
	assert_memory_equal(text, "<85>", 4);
	assert_int_equal(audit_format_syslog(&s, "p", text, 10), 9);
}

/* --- the journal's protocol, read as its documentation has it --- */

struct entry {
	const char *data, *end;
};

/* The next field: name and value. False at the end. */
static bool next_field(struct entry *e, char *name, const char **ret, size_t *ret_n)
{
	const char *eol =
		e->data < e->end ? memchr(e->data, '\n', (size_t)(e->end - e->data)) : NULL;
	const char *equal;
	uint64_t    n;

	if (!eol)
		return false;
	equal = memchr(e->data, '=', (size_t)(eol - e->data));
	(void)snprintf(name, 80, "%.*s", (int)((equal ? equal : eol) - e->data), e->data);
	if (equal) {
		*ret = equal + 1;
		*ret_n = (size_t)(eol - *ret);
		e->data = eol + 1;
		return true;
	}
	memcpy(&n, eol + 1, sizeof(n)); /* little endian in the protocol, and here */
	*ret = eol + 1 + sizeof(n);
	*ret_n = n;
	assert_true(n < (size_t)(e->end - *ret) && (*ret)[n] == '\n');
	e->data = *ret + n + 1;
	return true;
}

static void assert_field(const char *data, size_t size, const char *wanted, const char *value)
{
	struct entry e = {data, data + size};
	const char  *at;
	char         name[80];
	size_t       n;

	while (next_field(&e, name, &at, &n)) {
		assert_int_equal(strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
				 strlen(name));
		if (strcmp(name, wanted) != 0)
			continue;
		assert_int_equal(n, strlen(value));
		assert_memory_equal(at, value, n);
		return;
	}
	fail_msg("no field %s", wanted);
}

static size_t count_fields(const char *data, size_t size)
{
	struct entry e = {data, data + size};
	const char  *at;
	char         name[80];
	size_t       n, count = 0;

	while (next_field(&e, name, &at, &n))
		count++;
	assert_ptr_equal(e.data, e.end);
	return count;
}

static void test_journal(void **state)
{
	static char         text[AUDIT_JOURNAL_MAX];
	struct audit_record r;
	struct audit_source s = {.ns = NS, .data = r.data, .truncated = true};
	size_t              n;

	(void)state;
	audit_init(&r);
	audit_add_str(&r, AUDIT_SUBJECT, "a\nVIRTAGENT_VERDICT=ok\n");
	audit_add_str(&r, AUDIT_ERROR, "x=\x01");
	audit_add_argument(&r, "can-offline", "true", 4);
	s.n = r.n;
	n = audit_format_journal(&s, "prog", text);
	assert_int_equal(count_fields(text, n), 10);
	assert_field(text, n, "VIRTAGENT_SUBJECT", "a\nVIRTAGENT_VERDICT=ok\n");
	assert_field(text, n, "VIRTAGENT_ERROR", "x=\x01");
	assert_field(text, n, "VIRTAGENT_ARG_CAN_OFFLINE", "true");
	assert_field(text, n, "VIRTAGENT_TRUNCATED", "yes");
	assert_field(text, n, "VIRTAGENT_TIME_USEC", "1700000000123456");
	assert_field(text, n, "PRIORITY", "6");
	assert_field(text, n, "SYSLOG_IDENTIFIER", "prog");
	assert_field(text, n, "MESSAGE",
		     "audit: truncated=yes error=\"x=\\x01\" can-offline=\"true\" "
		     "subject=\"a\\nVIRTAGENT_VERDICT=ok\\n\"");
}

/* The longest there is. */
static void test_long_journal(void **state)
{
	static char         text[AUDIT_JOURNAL_MAX], value[AUDIT_RECORD_MAX + 1];
	struct audit_record r;
	struct audit_source s = {.data = r.data};

	(void)state;
	fill(value, AUDIT_RECORD_MAX, "\n");
	audit_init(&r);
	audit_add_str(&r, AUDIT_SUBJECT, value);
	audit_add_str(&r, AUDIT_ERROR, value);
	while (r.n < AUDIT_RECORD_MAX - 64)
		audit_add_argument(&r, "name-of-an-argument", value, AUDIT_RECORD_MAX);
	s.n = r.n;
	assert_true(count_fields(text, audit_format_journal(&s, "prog", text)) > 8);
}

/* --- destinations --- */

static int setup(void **state)
{
	static const char *const folders[] = {"dev", "run", "run/systemd", "run/systemd/journal"};
	struct err               err;
	char                     path[128];
	size_t                   i;

	(void)state;
	writer_prepare();
	(void)snprintf(dir, sizeof(dir), "%s", "/tmp/virtagent-audit-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/audit", dir);
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	err_init(&err);
	if (log_open(&config, &err) < 0)
		return -1;
	log_begin();
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"dev/log",
					    "run/systemd/journal/socket",
					    "audit",
					    "dev",
					    "run/systemd/journal",
					    "run/systemd",
					    "run",
					    ""};
	char                     path[128];
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	return access(dir, F_OK) == 0 ? -1 : 0;
}

static pid_t start_writer(enum log_audit where)
{
	pid_t self = getpid(), pid;
	int   fd;

	config.audit = where;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* the sockets of the test must end when the test closes them */
		for (fd = STDERR_FILENO + 1; fd < 64; fd++)
			if (fd != log_queue_fd())
				(void)close(fd);
		_exit(log_writer_main(log_queue_fd(), self));
	}
	return pid;
}

static int listen_at(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct timeval     patience = {.tv_sec = 20};
	int                fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", dir, name);
	(void)unlink(addr.sun_path);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void stop_listening(int fd, const char *name)
{
	char path[128];

	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void say(const char *subject)
{
	struct audit_record r;

	audit_init(&r);
	audit_add_str(&r, AUDIT_SUBJECT, subject);
	audit_write(&r, false);
}

#define JOURNAL "run/systemd/journal/socket"

static void expect_journal(int fd, const char *subject)
{
	char    got[4096];
	ssize_t n = recv(fd, got, sizeof(got), 0);

	assert_true(n > 0);
	assert_field(got, (size_t)n, "VIRTAGENT_SUBJECT", subject);
}

static void expect_syslog(int fd, const char *subject)
{
	char    got[4096], want[128];
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

	assert_true(n > 0);
	got[n] = '\0';
	(void)snprintf(want, sizeof(want), " test-audit: audit: subject=\"%s\"", subject);
	assert_memory_equal(got, "<86>", 4);
	assert_string_equal(got + 19, want);
}

/* auto: the journal where there is one, else syslog; both may go and come back. */
static void test_auto(void **state)
{
	int   syslog = listen_at("dev/log"), journal = listen_at(JOURNAL);
	pid_t writer = start_writer(AUDIT_AUTO);

	(void)state;
	say("one");
	expect_journal(journal, "one");
	stop_listening(journal, JOURNAL);
	say("two");
	expect_syslog(syslog, "two");
	(void)close(syslog);
	syslog = listen_at("dev/log");
	say("three");
	expect_syslog(syslog, "three");
	end_writer(writer);
	stop_listening(syslog, "dev/log");
}

static void test_only_syslog(void **state)
{
	int   syslog = listen_at("dev/log"), journal = listen_at(JOURNAL);
	pid_t writer = start_writer(AUDIT_SYSLOG);

	(void)state;
	say("one");
	expect_syslog(syslog, "one");
	end_writer(writer);
	stop_listening(syslog, "dev/log");
	stop_listening(journal, JOURNAL);
}

/* Nobody takes two lines: the third is preceded by their number. */
static void test_lost(void **state)
{
	unsigned before = audit_lost();
	pid_t    writer = start_writer(AUDIT_JOURNAL);
	char     got[4096];
	ssize_t  n;
	int      journal;

	(void)state;
	say("one");
	say("two");
	end_writer(writer);
	assert_int_equal(audit_lost() - before, 2);
	journal = listen_at(JOURNAL);
	writer = start_writer(AUDIT_JOURNAL);
	say("three");
	n = recv(journal, got, sizeof(got), 0);
	assert_true(n > 0);
	assert_field(got, (size_t)n, "VIRTAGENT_LOST", "2");
	assert_field(got, (size_t)n, "MESSAGE", "audit: lost=2");
	assert_field(got, (size_t)n, "PRIORITY", "5");
	expect_journal(journal, "three");
	end_writer(writer);
	stop_listening(journal, JOURNAL);
}

/* It takes what its socket holds and no more: the rest is lost, and said when it reads again. */
static void test_stalled(void **state)
{
	unsigned before = audit_lost(), i, got_lines = 0;
	int      journal = listen_at(JOURNAL);
	pid_t    writer = start_writer(AUDIT_JOURNAL);
	char     got[4096], want[32];
	ssize_t  n;

	(void)state;
	for (i = 0; i < 1000; i++)
		say("x");
	end_writer(writer); /* it has waited AUDIT_WAIT_MS once, not for each */
	assert_true(audit_lost() > before);
	while ((n = recv(journal, got, sizeof(got), MSG_DONTWAIT)) > 0)
		got_lines++;
	assert_int_equal(got_lines, 1000 - (audit_lost() - before));
	(void)snprintf(want, sizeof(want), "%u", audit_lost() - before);
	writer = start_writer(AUDIT_JOURNAL);
	say("y");
	n = recv(journal, got, sizeof(got), 0);
	assert_true(n > 0);
	assert_field(got, (size_t)n, "VIRTAGENT_LOST", want);
	expect_journal(journal, "y");
	end_writer(writer);
	stop_listening(journal, JOURNAL);
}

/* The queue is full before anybody reads it. */
static void test_full_queue(void **state)
{
	unsigned before, i;
	char     got[4096];
	ssize_t  n;
	int      journal = listen_at(JOURNAL);
	pid_t    writer;

	(void)state;
	config.audit = AUDIT_JOURNAL;
	before = audit_lost();
	for (i = 0; i < 100000 && audit_lost() == before; i++)
		say("x");
	assert_true(audit_lost() > before);
	writer = start_writer(AUDIT_JOURNAL);
	n = recv(journal, got, sizeof(got), 0);
	assert_true(n > 0);
	assert_field(got, (size_t)n, "VIRTAGENT_LOST", "1");
	stop_listening(journal, JOURNAL);
	end_writer(writer);
	atomic_store(&log_shared->audit_told, audit_lost());
}

static const char *contents(void)
{
	static char text[1 << 16];
	FILE       *from = fopen(file, "r");
	size_t      n;

	assert_non_null(from);
	n = fread(text, 1, sizeof(text) - 1, from);
	text[n] = '\0';
	(void)fclose(from);
	return text;
}

static void test_file(void **state)
{
	pid_t       writer = start_writer(AUDIT_FILE);
	struct stat st;
	const char *text;

	(void)state;
	say("a\nb");
	say("c");
	end_writer(writer);
	text = contents();
	assert_int_equal(strcspn(text, " "), strlen("time=2023-11-14T22:13:20.123456Z"));
	assert_non_null(strstr(text, "Z subject=\"a\\nb\"\ntime="));
	assert_string_equal(text + strlen(text) - 14, "Z subject=\"c\"\n");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, AUDIT_FILE_MODE);
}

/* While the log is held nothing is written; the line has the time when it was made. */
static void test_held(void **state)
{
	pid_t  writer;
	size_t before = strlen(contents());

	(void)state;
	log_hold(true);
	writer = start_writer(AUDIT_FILE);
	say("during");
	(void)usleep(50000);
	assert_int_equal(strlen(contents()), before);
	log_hold(false);
	end_writer(writer);
	assert_non_null(strstr(contents() + before, "subject=\"during\"\n"));
}

static void test_off(void **state)
{
	(void)state;
	config.audit = AUDIT_OFF;
	assert_false(audit_is_wanted());
	say("x");
	end_writer(start_writer(AUDIT_FILE));
	assert_null(strstr(contents(), "subject=\"x\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),          cmocka_unit_test(test_forging),
		cmocka_unit_test(test_any_bytes),     cmocka_unit_test(test_plain_values),
		cmocka_unit_test(test_cut_value),     cmocka_unit_test(test_full_record),
		cmocka_unit_test(test_short_line),    cmocka_unit_test(test_broken_records),
		cmocka_unit_test(test_lost_and_time), cmocka_unit_test(test_syslog_text),
		cmocka_unit_test(test_journal),       cmocka_unit_test(test_long_journal),
		cmocka_unit_test(test_auto),          cmocka_unit_test(test_only_syslog),
		cmocka_unit_test(test_lost),          cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_full_queue),    cmocka_unit_test(test_file),
		cmocka_unit_test(test_held),          cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
