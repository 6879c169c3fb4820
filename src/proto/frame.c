/* SPDX-License-Identifier: MIT */
/*
 * The buffer half of framing: memory, limits, and what the lexer's findings mean for it.
 */
#include "proto/frame.h"

#include <errno.h>
#include <string.h>

#include "proto/frame_memory.h"
#include "proto/lexer.h"

#define HEAP_FIRST ((size_t)16 << 10)
/* A memfd's memory is charged in steps, as pages are touched. */
#define CHARGE_STEP FRAME_READ_MAX

void frame_init(struct frame *f, struct frame_budget *budget, bool shared_line)
{
	memset(f, 0, sizeof(*f));
	f->budget = budget;
	f->memfd = -1;
	f->spare.memfd = -1;
	f->shared_line = shared_line;
	lexer_reset(f);
}

/* The buffer as a message of its own, which then has the memory. */
static struct frame_msg buffer_leave(struct frame *f)
{
	struct frame_msg m = {
		.data = f->data,
		.len = f->len,
		.memfd = f->memfd,
		.base = f->data,
		.map_len = FRAME_MAP_BYTES + 1,
		.map_id = f->map_id,
		.charged = f->charged,
	};

	f->charged = 0;
	f->data = NULL;
	f->cap = 0;
	f->memfd = -1;
	return m;
}

static void buffer_free(struct frame *f)
{
	struct frame_msg m;

	/* requests may hold secrets, and no one knows yet which */
	if (f->memfd < 0 && f->data)
		explicit_bzero(f->data, f->cap);
	m = buffer_leave(f);
	frame_msg_fini(&m, f->budget);
}

void frame_fini(struct frame *f)
{
	buffer_free(f);
	frame_spare_drop(f);
}

void frame_reset(struct frame *f)
{
	lexer_reset(f);
	f->start = f->scan = f->len = f->last_read = 0;
	f->reported = false;
	if (f->memfd >= 0 || f->cap > HEAP_FIRST)
		buffer_free(f);
	frame_spare_drop(f);
}

static int charge(struct frame *f, size_t total)
{
	if (total <= f->charged)
		return 0;
	if (frame_budget_take(f->budget, total - f->charged) < 0)
		return -1;
	f->charged = total;
	return 0;
}

static int out_of_memory(struct err *err)
{
	return err_os(err, ENOMEM, "cannot hold the request");
}

/* The memfd of an earlier request, with its pages, or a new one. */
static int get_map(struct frame *f, struct frame_msg *ret, struct err *err)
{
	size_t first = f->len + CHARGE_STEP;

	if (frame_spare_take(f, ret))
		return 0;
	if (frame_budget_take(f->budget, first) < 0)
		return frame_budget_error(f->budget, err);
	if (frame_map_new(f->budget, ret) < 0) {
		f->budget->used -= first;
		return err_os(err, errno, "cannot hold the request");
	}
	ret->charged = first;
	return 0;
}

static int grow_to_map(struct frame *f, struct err *err)
{
	struct frame_msg map;

	if (get_map(f, &map, err) < 0)
		return -1;
	if (f->len > 0)
		memcpy(map.base, f->data, f->len);
	if (f->data)
		explicit_bzero(f->data, f->len);
	free(f->data);
	f->data = map.base;
	f->memfd = map.memfd;
	f->map_id = map.map_id;
	f->charged = map.charged;
	f->cap = FRAME_MAP_BYTES;
	return 0;
}

static int grow(struct frame *f, struct err *err)
{
	size_t cap = f->cap ? f->cap * 2 : HEAP_FIRST;
	char  *bigger;

	if (f->memfd >= 0)
		return err_set(err, "JSON token size limit exceeded");
	/* a session that has sent large requests will again: no detour over the heap */
	if (cap > FRAME_HEAP_MAX || f->spare.base)
		return grow_to_map(f, err);
	/* up to here the number of sessions is bound enough: a full budget must not keep a small
	 * request out */
	bigger = malloc(cap + 1);
	if (!bigger)
		return out_of_memory(err);
	if (f->data) {
		memcpy(bigger, f->data, f->len);
		explicit_bzero(f->data, f->len); /* realloc() would leave it behind */
	}
	free(f->data);
	f->data = bigger;
	f->cap = cap;
	return 0;
}

/* Moves what is still needed to the front of the buffer. */
static void compact(struct frame *f)
{
	size_t gone = f->start;

	if (gone == 0)
		return;
	memmove(f->data, f->data + gone, f->len - gone);
	if (gone <= FRAME_HEAP_MAX)
		explicit_bzero(f->data + f->len - gone, gone);
	f->len -= gone;
	f->scan -= gone;
	f->start = 0;
	f->last_read = f->last_read > gone ? f->last_read - gone : 0;
	f->lex.token_start = f->lex.token_start > gone ? f->lex.token_start - gone : 0;
}

/* Nothing pending: the session gives its large memory back, unless large requests keep coming. */
static void shrink_if_idle(struct frame *f)
{
	struct frame_msg m;

	if (f->len > 0 || (f->memfd < 0 && f->cap <= FRAME_HEAP_MAX))
		return;
	m = buffer_leave(f);
	if (f->spare_need > 0)
		frame_recycle(f, &m);
	frame_msg_fini(&m, f->budget);
}

static int make_room(struct frame *f, struct err *err)
{
	if (f->len == f->cap)
		compact(f);
	if (f->len == f->cap && grow(f, err) < 0)
		return -1;
	if (f->memfd >= 0) {
		size_t need = f->len + FRAME_READ_MAX;

		if (need > f->charged && charge(f, need + CHARGE_STEP) < 0 && charge(f, need) < 0)
			return frame_budget_error(f->budget, err);
	}
	return 0;
}

int frame_room(struct frame *f, char **ret, size_t *ret_n, struct err *err)
{
	if (f->start == f->len)
		compact(f);
	shrink_if_idle(f);
	if (make_room(f, err) < 0) {
		/* what we cannot hold is read on and skipped, so that the session finds its way
		 * back by itself */
		lexer_skip_message(f);
		f->start = f->scan = f->len;
		compact(f);
		return -1;
	}
	*ret = f->data + f->len;
	*ret_n = f->cap - f->len < FRAME_READ_MAX ? f->cap - f->len : FRAME_READ_MAX;
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * The first member of a request; nothing inside a request that anybody sends begins like this. (An
 * id may come first too, but so do the arguments of a sync begin.)
 */
static bool begins_request(const char *p, const char *end)
{
	static const char *const names[] = {"execute", "arguments"};
	size_t                   i;

	if (p >= end || *p++ != '{')
		return false;
	while (p < end && is_space(*p))
		p++;
	if (p >= end || (*p != '"' && *p != '\''))
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if ((size_t)(end - p) >= n + 2 && !memcmp(p + 1, names[i], n) && p[n + 1] == *p)
			return true;
	}
	return false;
}

/* Shared lines: whether what was just read belongs to another peer than the half request before it.
 */
static bool peer_has_changed(const struct frame *f, int64_t now_ns)
{
	const char *p = f->data + f->last_read;

	if (!f->shared_line || !lexer_in_message(f) || f->last_read == f->len)
		return false;
	return begins_request(p, f->data + f->len) ||
	       (*p == '{' && now_ns - f->last_ns >= FRAME_STALE_NS);
}

void frame_commit(struct frame *f, size_t n, int64_t now_ns)
{
	f->last_read = f->len;
	f->len += n;
	f->data[f->len] = '\0';
	if (peer_has_changed(f, now_ns)) {
		lexer_reset(f);
		f->start = f->scan = f->last_read;
	}
	f->last_ns = now_ns;
}

/* White space at the end of what has arrived: one byte separates as well as a million. */
static void trim_space(struct frame *f)
{
	while (f->len - f->start >= 2 && is_space(f->data[f->len - 1]) &&
	       is_space(f->data[f->len - 2]))
		f->scan = --f->len;
}

enum frame_event frame_next(struct frame *f, struct err *err)
{
	if (f->reported) {
		f->reported = false;
		f->start = f->scan;
	}
	while (f->scan < f->len) {
		switch (lexer_step(f, err)) {
		case LEXER_VALUE:
			return FRAME_REQUEST;
		case LEXER_ERROR:
			f->reported = true;
			return FRAME_ERROR;
		case LEXER_RESET:
			f->start = f->scan;
			break;
		case LEXER_MORE:
			break;
		}
	}
	if (f->lex.skipping)
		f->start = f->scan;
	else if (f->lex.state == 0)
		trim_space(f);
	if (f->start == f->len) {
		/* now rather than with the next bytes, which may never come */
		compact(f);
		shrink_if_idle(f);
	}
	return FRAME_MORE;
}

void frame_text(struct frame *f, struct json_text *ret)
{
	*ret = (struct json_text){
		.start = f->data + f->start, .end = f->data + f->scan, .hints = &f->hints};
}

bool frame_retry(struct frame *f)
{
	/* after a retry start is last_read: there is no second one */
	if (!f->shared_line || f->start >= f->last_read || f->last_read >= f->len ||
	    f->data[f->last_read] != '{')
		return false;
	lexer_reset(f);
	f->reported = false;
	f->start = f->scan = f->last_read;
	return true;
}

void frame_drop(struct frame *f)
{
	lexer_reset(f);
	f->start = f->scan;
}

/* A large message leaves with the whole buffer; the bytes behind it begin a new one. */
static int detach(struct frame *f, struct frame_msg *ret, struct err *err)
{
	struct frame rest;
	char        *room;
	size_t       n, left = f->len - f->scan;

	frame_init(&rest, f->budget, f->shared_line);
	while (rest.len < left) {
		if (frame_room(&rest, &room, &n, err) < 0) {
			buffer_free(&rest);
			return -1;
		}
		n = n < left - rest.len ? n : left - rest.len;
		memcpy(room, f->data + f->scan + rest.len, n);
		rest.len += n;
	}
	if (rest.data)
		rest.data[rest.len] = '\0';
	f->data[f->scan] = '\0';
	*ret = buffer_leave(f);
	ret->data += f->start;
	ret->len = f->scan - f->start;
	ret->hints = f->hints;
	rest.spare = f->spare;
	rest.next_spare = f->next_spare;
	rest.spare_need = f->spare_need;
	rest.last_read = f->last_read > f->scan ? f->last_read - f->scan : 0;
	rest.last_ns = f->last_ns;
	*f = rest;
	return 0;
}

static int copy_out(struct frame *f, struct frame_msg *ret, struct err *err)
{
	size_t n = f->scan - f->start;
	size_t cost = n + 1 > FRAME_FREE_MAX ? n + 1 : 0;
	char  *copy;

	if (frame_budget_take(f->budget, cost) < 0)
		return frame_budget_error(f->budget, err);
	copy = malloc(n + 1);
	if (!copy) {
		f->budget->used -= cost;
		return out_of_memory(err);
	}
	memcpy(copy, f->data + f->start, n);
	explicit_bzero(f->data + f->start, n);
	copy[n] = '\0';
	*ret = (struct frame_msg){.data = copy,
				  .len = n,
				  .memfd = -1,
				  .base = copy,
				  .charged = cost,
				  .hints = f->hints};
	frame_drop(f);
	return 0;
}

int frame_take(struct frame *f, struct frame_msg *ret, struct err *err)
{
	bool large = f->memfd >= 0 && f->scan - f->start > FRAME_HEAP_MAX / 2;
	int  rc = large ? detach(f, ret, err) : copy_out(f, ret, err);

	if (rc < 0)
		frame_drop(f);
	return rc;
}
