/* SPDX-License-Identifier: MIT */
/*
 * The instructions for a profile: calls in the order of their numbers, a handful at a time behind
 * one comparison with the last of them, so that neither a call nor the kernel's own pass over all
 * numbers (Linux 5.11: what is always allowed costs nothing any more) has far to go. Few of them,
 * since the kernel translates each, and somebody waits for our start.
 */
#include "sys/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/seccomp_calls.h"

#define RULES_MAX 192
#define GROUP 8

/* A row is at most five instructions, a group and the frame a few more. */
#define INSTRUCTIONS_MAX (RULES_MAX * 6 + 64)

/* Calls of the x32 way into a 64-bit kernel have this bit, with the same architecture. */
#define X32_BIT 0x40000000u

#define LOW_WORD (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4u : 0u)

struct profile {
	const struct seccomp_rule *rules;
	size_t                     n;
	uint32_t                   otherwise;
};

#define REFUSE(os) (SECCOMP_RET_ERRNO | (os))

static const struct profile profiles[] = {
	[SECCOMP_LOOP] = {loop_rules, ARRAY_SIZE(loop_rules), REFUSE(ENOSYS)},
	[SECCOMP_READ_ONLY] = {read_only_rules, ARRAY_SIZE(read_only_rules), SECCOMP_RET_ALLOW},
	[SECCOMP_NO_PROGRAMS] = {no_program_rules, ARRAY_SIZE(no_program_rules), SECCOMP_RET_ALLOW},
};

_Static_assert(ARRAY_SIZE(loop_rules) <= RULES_MAX && ARRAY_SIZE(read_only_rules) <= RULES_MAX,
	       "room for all rules");

/* An instruction of the group that is being made, and where it has to lead. */
struct pending {
	size_t   at;
	bool     if_true;
	uint32_t verdict;
};

struct filter {
	struct sock_filter code[INSTRUCTIONS_MAX];
	unsigned short     n;
	struct pending     pending[GROUP];
	size_t             n_pending;
};

bool seccomp_is_built(void)
{
	return true;
}

/* --- instructions --- */

static void add(struct filter *f, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
	f->code[f->n++] = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
}

static void load(struct filter *f, size_t offset)
{
	add(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct filter *f, uint32_t verdict)
{
	add(f, BPF_RET | BPF_K, verdict, 0, 0);
}

static uint32_t verdict_of(const struct seccomp_rule *r)
{
	return r->allow ? SECCOMP_RET_ALLOW : REFUSE(EPERM);
}

/* --- rows of calls --- */

/* Calls that follow each other and of which the same is to be said, or one that depends. */
struct span {
	uint32_t                   first, last;
	bool                       depends;
	uint32_t                   verdict;
	const struct seccomp_rule *rows; /* of one that depends */
	size_t                     n;
};

static bool depends(const struct seccomp_rule *r)
{
	return r->condition != CONDITION_NONE;
}

static bool continues(const struct span *before, const struct span *s)
{
	return !s->depends && !before->depends && before->last + 1 == s->first &&
	       before->verdict == s->verdict;
}

/* From sorted rows: the number of spans. */
static size_t find_spans(const struct seccomp_rule *r, size_t n, struct span *to)
{
	size_t i, n_rows, n_spans = 0;

	for (i = 0; i < n; i += n_rows) {
		uint32_t    nr = (uint32_t)r[i].nr;
		struct span s = {nr, nr, depends(&r[i]), verdict_of(&r[i]), &r[i], 0};

		for (n_rows = 1; i + n_rows < n && r[i + n_rows].nr == r[i].nr;)
			n_rows++;
		s.n = n_rows;
		if (n_spans && continues(&to[n_spans - 1], &s))
			to[n_spans - 1].last = nr;
		else
			to[n_spans++] = s;
	}
	return n_spans;
}

static void compare_argument(struct filter *f, const struct seccomp_rule *r)
{
	uint32_t value = r->condition == CONDITION_SELF ? (uint32_t)getpid() : r->value;
	bool     unequal = r->condition == CONDITION_UNEQUAL;

	load(f, offsetof(struct seccomp_data, args[0]) + r->arg * sizeof(uint64_t) + LOW_WORD);
	if (r->mask && ~r->mask)
		add(f, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, value, unequal, !unequal);
	answer(f, verdict_of(r));
}

/* All rows of one call, of which none may match. */
static void add_call(struct filter *f, const struct span *s, const struct seccomp_options *o,
		     uint32_t otherwise)
{
	size_t start = f->n, i;

	add(f, BPF_JMP | BPF_JEQ | BPF_K, s->first, 0, 0);
	for (i = 0; i < s->n; i++) {
		const struct seccomp_rule *r = &s->rows[i];

		if (r->condition != CONDITION_OPTION)
			compare_argument(f, r);
		else if (o->how_is_known == r->value)
			answer(f, verdict_of(r));
	}
	answer(f, otherwise == SECCOMP_RET_ALLOW ? otherwise : REFUSE(EPERM));
	f->code[start].jf = (uint8_t)(f->n - start - 1);
}

/* A jump to where the group says what is to be said, which is not known yet. */
static void add_pending(struct filter *f, uint16_t code, const struct span *s, bool if_true)
{
	f->pending[f->n_pending++] = (struct pending){f->n, if_true, s->verdict};
	add(f, code, s->last, 0, 0);
}

static void add_simple(struct filter *f, const struct span *s)
{
	if (s->first == s->last) {
		add_pending(f, BPF_JMP | BPF_JEQ | BPF_K, s, true);
		return;
	}
	add(f, BPF_JMP | BPF_JGE | BPF_K, s->first, 0, 1);
	add_pending(f, BPF_JMP | BPF_JGT | BPF_K, s, false);
}

static void say(struct filter *f, uint32_t verdict)
{
	bool   any = false;
	size_t i;

	for (i = 0; i < f->n_pending; i++) {
		const struct pending *p = &f->pending[i];
		uint8_t               far = (uint8_t)(f->n - p->at - 1);

		if (p->verdict != verdict)
			continue;
		*(p->if_true ? &f->code[p->at].jt : &f->code[p->at].jf) = far;
		any = true;
	}
	if (any)
		answer(f, verdict);
}

static void add_group(struct filter *f, const struct span *s, size_t n,
		      const struct seccomp_options *o, uint32_t otherwise)
{
	size_t start = f->n, i;

	add(f, BPF_JMP | BPF_JGT | BPF_K, s[n - 1].last, 0, 0);
	for (i = 0; i < n; i++) {
		if (s[i].depends)
			add_call(f, &s[i], o, otherwise);
		else
			add_simple(f, &s[i]);
	}
	answer(f, otherwise);
	say(f, SECCOMP_RET_ALLOW);
	say(f, REFUSE(EPERM));
	f->n_pending = 0;
	f->code[start].jt = (uint8_t)(f->n - start - 1);
}

static void add_frame(struct filter *f)
{
	load(f, offsetof(struct seccomp_data, arch));
	add(f, BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_ARCH, 1, 0);
	answer(f, REFUSE(ENOSYS)); /* calls of another architecture have other numbers */
	load(f, offsetof(struct seccomp_data, nr));
	if (SECCOMP_ARCH == AUDIT_ARCH_X86_64) {
		add(f, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
		answer(f, REFUSE(ENOSYS));
	}
}

/* Rows of one call keep their order. */
static void sort(struct seccomp_rule *r, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		struct seccomp_rule row = r[i];

		for (j = i; j > 0 && r[j - 1].nr > row.nr; j--)
			r[j] = r[j - 1];
		r[j] = row;
	}
}

static void build(struct filter *f, const struct profile *p, const struct seccomp_options *o)
{
	struct seccomp_rule rules[RULES_MAX];
	struct span         spans[RULES_MAX];
	size_t              i, n;

	memcpy(rules, p->rules, p->n * sizeof(*rules));
	sort(rules, p->n);
	n = find_spans(rules, p->n, spans);
	f->n = 0;
	f->n_pending = 0;
	add_frame(f);
	for (i = 0; i < n; i += GROUP)
		add_group(f, spans + i, n - i < GROUP ? n - i : GROUP, o, p->otherwise);
	answer(f, p->otherwise);
}

/* --- the kernel --- */

static int load_filter(const struct filter *f, unsigned flags)
{
	struct sock_fprog program = {.len = f->n, .filter = (struct sock_filter *)f->code};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0 ? errno : 0;
}

int seccomp_install(enum seccomp_profile profile, const struct seccomp_options *options)
{
	/* we run no code of strangers, against which the processor would have to be slowed down */
	const unsigned flags = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	struct filter  f;
	int            os;

	build(&f, &profiles[profile], options);
	os = load_filter(&f, flags);
	return os == EINVAL ? load_filter(&f, 0) : os;
}
