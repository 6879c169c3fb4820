/* SPDX-License-Identifier: MIT */
/*
 * Runs the filters in a small machine of our own, and compares what they say with what the tables
 * say, for every number and for arguments around those that are asked for.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/seccomp.c"

#define NUMBERS 600

/* --- the machine --- */

static uint32_t word_at(const struct seccomp_data *d, uint32_t offset)
{
	uint32_t word;

	assert_true(offset % 4 == 0 && offset + 4 <= sizeof(*d));
	memcpy(&word, (const char *)d + offset, sizeof(word));
	return word;
}

static uint32_t run(const struct filter *f, const struct seccomp_data *d, size_t *steps)
{
	uint32_t a = 0;
	size_t   pc = 0;

	for (*steps = 0;; ++*steps) {
		const struct sock_filter *i = &f->code[pc++];

		assert_true(pc <= f->n);
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = word_at(d, i->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %u", i->code);
		}
	}
}

/* --- the tables --- */

static bool matches(const struct seccomp_rule *r, const struct seccomp_data *d, bool option)
{
	uint32_t arg = (uint32_t)d->args[r->arg];

	switch (r->condition) {
	case CONDITION_NONE:
		return true;
	case CONDITION_OPTION:
		return option == r->value;
	case CONDITION_SELF:
		return arg == (uint32_t)getpid();
	case CONDITION_EQUAL:
		return (arg & r->mask) == r->value;
	default:
		return (arg & r->mask) != r->value;
	}
}

static uint32_t looked_up(const struct profile *p, const struct seccomp_data *d, bool option)
{
	bool   named = false;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->rules[i].nr != d->nr)
			continue;
		named = true;
		if (matches(&p->rules[i], d, option))
			return p->rules[i].allow ? SECCOMP_RET_ALLOW : REFUSE(EPERM);
	}
	return named && p->otherwise != SECCOMP_RET_ALLOW ? REFUSE(EPERM) : p->otherwise;
}

static void compare(const struct profile *p, const struct filter *f, const struct seccomp_data *d,
		    bool option)
{
	size_t   steps;
	uint32_t said = run(f, d, &steps), wanted = looked_up(p, d, option);

	if (said != wanted)
		fail_msg("call %d, arguments %llx %llx %llx: %x, not %x", d->nr,
			 (unsigned long long)d->args[0], (unsigned long long)d->args[1],
			 (unsigned long long)d->args[2], said, wanted);
	assert_true(steps < 64);
}

static void compare_number(const struct profile *p, const struct filter *f, int nr, bool option)
{
	static const uint64_t values[] = {
		0,           1,       2,       3,        FIONBIO, TCGETS,        AF_INET,
		PR_SET_NAME, O_CREAT, O_TRUNC, O_APPEND, SIGCHLD, CLONE_NEWUSER, 1ull << 32};
	struct seccomp_data d = {.arch = SECCOMP_ARCH, .nr = nr};
	size_t              i, arg;

	compare(p, f, &d, option);
	for (arg = 0; arg < 3; arg++) {
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			d.args[arg] = values[i];
			compare(p, f, &d, option);
		}
		d.args[arg] = (uint64_t)getpid();
		compare(p, f, &d, option);
		d.args[arg] = 0;
	}
}

static void test_filters_say_what_tables_say(void **state)
{
	static struct filter f;
	size_t               p;
	int                  nr, option;

	(void)state;
	for (p = 0; p < ARRAY_SIZE(profiles); p++) {
		for (option = 0; option < 2; option++) {
			const struct seccomp_options o = {.how_is_known = option};

			build(&f, &profiles[p], &o);
			assert_true(f.n <= INSTRUCTIONS_MAX);
			for (nr = 0; nr < NUMBERS; nr++)
				compare_number(&profiles[p], &f, nr, option);
		}
	}
}

static void test_other_ways_are_refused(void **state)
{
	static const struct seccomp_options o;
	static struct filter                f;
	struct seccomp_data                 d = {.arch = SECCOMP_ARCH ^ __AUDIT_ARCH_64BIT};
	size_t                              p, steps;

	(void)state;
	for (p = 0; p < ARRAY_SIZE(profiles); p++) {
		build(&f, &profiles[p], &o);
		for (d.nr = 0; d.nr < NUMBERS; d.nr++)
			assert_int_equal(run(&f, &d, &steps), REFUSE(ENOSYS));
	}
#ifdef __x86_64__
	d.arch = SECCOMP_ARCH;
	d.nr = (int)(X32_BIT | __NR_read);
	for (p = 0; p < ARRAY_SIZE(profiles); p++) {
		build(&f, &profiles[p], &o);
		assert_int_equal(run(&f, &d, &steps), REFUSE(ENOSYS));
	}
#endif
}

/* What stands in two places would be hard to judge. */
static void test_rows_of_a_call_stand_together(void **state)
{
	size_t p, i, j;

	(void)state;
	for (p = 0; p < ARRAY_SIZE(profiles); p++) {
		const struct seccomp_rule *r = profiles[p].rules;

		for (i = 0; i < profiles[p].n; i++)
			for (j = i + 1; j < profiles[p].n; j++)
				if (r[i].nr == r[j].nr && r[j - 1].nr != r[j].nr)
					fail_msg("rows of call %d are apart", r[i].nr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters_say_what_tables_say),
		cmocka_unit_test(test_other_ways_are_refused),
		cmocka_unit_test(test_rows_of_a_call_stand_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
