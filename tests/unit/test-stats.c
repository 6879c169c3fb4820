/* SPDX-License-Identifier: MIT */
/* /proc/stat and /proc/diskstats of old and new kernels; the reader of lines below them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured.h"
#include "sys/cpustat.h"
#include "sys/diskstat.h"
#include "sys/lines.h"

static struct captured c;
static struct arena    arena;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	captured_close(&c);
	return 0;
}

static struct slice text_of(const char *text)
{
	return slice_of(text, strlen(text));
}

static int parse_cpu(const char *line, struct cpustat *ret)
{
	return cpustat_parse(text_of(line), ret);
}

static void cpu_lines(void **state)
{
	struct cpustat s;

	(void)state;
	assert_int_equal(parse_cpu("cpu3 1 2 3 4 5 6 7 8 9 10", &s), 1);
	assert_int_equal(s.cpu, 3);
	assert_int_equal(s.n, 10);
	assert_int_equal(s.ticks[CPUSTAT_USER], 1);
	assert_int_equal(s.ticks[CPUSTAT_GUEST_NICE], 10);
	assert_int_equal(parse_cpu("cpu0 1 2 3 4", &s), 1);
	assert_int_equal(s.n, 4);
	assert_int_equal(parse_cpu("cpu0 1 2 3 4 5 6 7 8 9 10 11 12", &s), 1);
	assert_int_equal(s.n, 10);
	assert_int_equal(parse_cpu("cpu0 1 2 3", &s), -1);
	assert_int_equal(parse_cpu("cpu0 1 2 3 x", &s), -1);
	assert_int_equal(parse_cpu("cpu0", &s), -1);
	assert_int_equal(parse_cpu("cpu  1 2 3 4 5 6 7 8 9 10", &s), 0);
	assert_int_equal(parse_cpu("cpufreq 1 2 3 4", &s), 0);
	assert_int_equal(parse_cpu("cpu99999999999 1 2 3 4", &s), 0);
	assert_int_equal(parse_cpu("intr 1 2 3 4", &s), 0);
	assert_int_equal(parse_cpu("", &s), 0);
}

static void cpus_up_to_an_odd_line(void **state)
{
	struct cpustat_list list;
	struct err          err;

	(void)state;
	err_init(&err);
	assert_int_equal(cpustat_read(&c.root, &arena, &list, &err), -1);
	assert_string_equal(err.text, "open(\"/proc/stat\"): No such file or directory");
	err_init(&err);
	captured_file(&c, "/proc/stat",
		      "cpu  9 9 9 9\ncpu0 1 1 1 1\ncpu2 2 2 2 2\nintr 5 5\ncpu3 1\ncpu4 1 1 1 1\n");
	assert_int_equal(cpustat_read(&c.root, &arena, &list, &err), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.items[1].cpu, 2);
}

static void ticks_are_milliseconds(void **state)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	(void)state;
	assert_int_equal(cpustat_ms(hz), 1000);
	assert_int_equal(cpustat_ms(hz * 1000000 + 1), 1000000000 + 1000 / hz);
}

static void disk_lines(void **state)
{
	struct diskstat s;

	(void)state;
	assert_true(diskstat_parse(text_of(" 253 1 vda1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"),
				   &s));
	assert_int_equal(s.major, 253);
	assert_int_equal(s.minor, 1);
	assert_true(slice_is(s.name, "vda1"));
	assert_int_equal(s.known, (1u << DISKSTAT_COLUMNS) - 1);
	assert_int_equal(s.value[DISKSTAT_READ_IOS], 1);
	assert_int_equal(s.value[DISKSTAT_FLUSH_TICKS], 17);
	assert_true(diskstat_parse(text_of("8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), &s));
	assert_true(diskstat_has(&s, DISKSTAT_DISCARD_TICKS));
	assert_false(diskstat_has(&s, DISKSTAT_FLUSH_IOS));
	assert_true(diskstat_parse(text_of("8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12"), &s));
	assert_int_equal(s.known, (1u << DISKSTAT_DISCARD_IOS) - 1);
	assert_true(diskstat_parse(text_of("8 0 sda 1 2 3 4 5 6 7 8 9 10 11"), &s));
	assert_int_equal(s.known, (1u << DISKSTAT_DISCARD_IOS) - 1);
}

static void disk_lines_of_old_kernels(void **state)
{
	struct diskstat s;

	(void)state;
	assert_true(diskstat_parse(text_of("8 1 sda1 10 20 30 40"), &s));
	assert_int_equal(s.known, 1u << DISKSTAT_READ_IOS | 1u << DISKSTAT_READ_SECTORS |
					  1u << DISKSTAT_WRITE_IOS | 1u << DISKSTAT_WRITE_SECTORS);
	assert_int_equal(s.value[DISKSTAT_READ_SECTORS], 20);
	assert_int_equal(s.value[DISKSTAT_WRITE_SECTORS], 40);
	assert_true(diskstat_parse(text_of("8 1 sda1 1 2 3 4 5"), &s));
	assert_int_equal(s.known, 0);
	assert_true(diskstat_parse(text_of("8 1 sda1 1 2 3 4 5 6 7 8 9 10"), &s));
	assert_int_equal(s.known, 0);
	assert_false(diskstat_parse(text_of("8 1 sda1 1 2 3"), &s));
	assert_false(diskstat_parse(text_of("8 x sda1 1 2 3 4"), &s));
	assert_false(diskstat_parse(text_of(""), &s));
}

static void disks_in_order(void **state)
{
	struct diskstat_list list;
	struct err           err;

	(void)state;
	err_init(&err);
	assert_int_equal(diskstat_read(&c.root, &arena, &list, &err), -1);
	assert_string_equal(err.text, "open(\"/proc/diskstats\"): No such file or directory");
	err_init(&err);
	captured_file(&c, "/proc/diskstats", "8 1 sdb 1 2 3 4\nodd\n8 0 sda 1 2 3 4");
	assert_int_equal(diskstat_read(&c.root, &arena, &list, &err), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0].name.p, "sdb");
	assert_string_equal(list.items[1].name.p, "sda");
}

/* Writes lines of these lengths and expects them back, long ones cut. */
static void check_lines(const size_t *lengths, size_t n, bool feed_at_end)
{
	struct buf   b = BUF_INIT(1 << 20);
	struct lines l;
	struct slice line;
	size_t       i, k;
	int          os;

	for (i = 0; i < n; i++) {
		for (k = 0; k < lengths[i]; k++)
			buf_add_char(&b, (char)('a' + i));
		if (i + 1 < n || feed_at_end)
			buf_add_char(&b, '\n');
	}
	captured_bytes(&c, "/lines", b.data, b.len);
	buf_fini(&b);
	assert_int_equal(lines_open(&l, &c.root, "/lines", &os), 0);
	for (i = 0; i < n; i++) {
		size_t want = lengths[i] < LINES_LINE_MAX ? lengths[i] : LINES_LINE_MAX;

		if (i + 1 == n && !feed_at_end && want == 0)
			break;
		assert_int_equal(lines_next(&l, &line, &os), 1);
		assert_int_equal(line.n, want);
		if (want)
			assert_int_equal(line.p[want - 1], 'a' + i);
	}
	assert_int_equal(lines_next(&l, &line, &os), 0);
	assert_int_equal(lines_next(&l, &line, &os), 0);
	lines_close(&l);
}

static void lines_of_every_length(void **state)
{
	const size_t max = LINES_LINE_MAX;
	const size_t some[] = {3, 0,       max - 5, max - 1, max,     1, max + 1,
			       2, max * 3, max,     0,       max - 3, 0};
	size_t       n;

	(void)state;
	for (n = 0; n <= ARRAY_SIZE(some); n++) {
		check_lines(some, n, true);
		check_lines(some, n, false);
	}
}

static void lines_of_a_directory(void **state)
{
	struct lines l;
	struct slice line;
	int          os;

	(void)state;
	captured_file(&c, "/dir/file", "");
	assert_int_equal(lines_open(&l, &c.root, "/dir", &os), 0);
	assert_int_equal(lines_next(&l, &line, &os), -1);
	assert_int_equal(os, EISDIR);
	lines_close(&l);
	assert_int_equal(lines_open(&l, &c.root, "/none", &os), -1);
	assert_int_equal(os, ENOENT);
	lines_close(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_lines),
		cmocka_unit_test(cpus_up_to_an_odd_line),
		cmocka_unit_test(ticks_are_milliseconds),
		cmocka_unit_test(disk_lines),
		cmocka_unit_test(disk_lines_of_old_kernels),
		cmocka_unit_test(disks_in_order),
		cmocka_unit_test(lines_of_every_length),
		cmocka_unit_test(lines_of_a_directory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
