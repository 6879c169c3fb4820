/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/queue.h"
#include "sample.h"

static const struct command ping = {.name = "guest-ping"};
static const struct command sync_command = {.name = "guest-sync", .flags = CMD_SYNC};
static const struct command thaw = {.name = "guest-fsfreeze-thaw", .flags = CMD_SURVIVES_SYNC};

static struct frame_budget budget = {.max = 1 << 20};

/* With a byte of the budget, so that a leak is seen. */
static struct pending *request(const struct command *command, int64_t tag)
{
	struct pending *p = (struct pending *)sample_memory(sizeof(*p));

	memset(p, 0, sizeof(*p));
	p->command = command;
	p->arrived_ns = tag;
	p->msg.memfd = -1;
	p->msg.base = p->msg.data = sample_memory(1);
	p->msg.charged = 1;
	budget.used++;
	buf_init(&p->text, 100);
	buf_add_str(&p->text, "id");
	return p;
}

static void expect_pop(struct queue *q, int64_t tag)
{
	struct pending *p = queue_pop(q);

	assert_int_equal(p->arrived_ns, tag);
	pending_free(p, &budget);
}

static void test_order(void **state)
{
	struct queue q;
	int64_t      i;

	(void)state;
	queue_init(&q);
	assert_null(q.head);
	assert_null(queue_first_sync(&q));
	for (i = 0; i < 5; i++)
		queue_push(&q, request(&ping, i));
	assert_int_equal(q.n, 5);
	for (i = 0; i < 3; i++)
		expect_pop(&q, i);
	/* empty and filled again: the tail must follow */
	for (i = 3; i < 5; i++)
		expect_pop(&q, i);
	assert_null(q.head);
	assert_int_equal(q.n, 0);
	queue_push(&q, request(&ping, 10));
	queue_push(&q, request(&ping, 11));
	expect_pop(&q, 10);
	expect_pop(&q, 11);
	queue_fini(&q, &budget);
	assert_int_equal(budget.used, 0);
}

static void test_fini_frees(void **state)
{
	struct queue q;

	(void)state;
	queue_init(&q);
	queue_push(&q, request(&ping, 1));
	queue_push(&q, request(NULL, 2));
	queue_fini(&q, &budget);
	assert_int_equal(q.n, 0);
	assert_int_equal(budget.used, 0);
	pending_free(NULL, &budget);
}

static void test_first_sync(void **state)
{
	struct queue q;

	(void)state;
	queue_init(&q);
	queue_push(&q, request(&ping, 1));
	queue_push(&q, request(NULL, 2));
	assert_null(queue_first_sync(&q));
	queue_push(&q, request(&sync_command, 3));
	queue_push(&q, request(&sync_command, 4));
	assert_int_equal(queue_first_sync(&q)->arrived_ns, 3);
	queue_fini(&q, &budget);
}

/* What stands before the first sync goes, error replies too, a thaw stays; what is behind it stays.
 */
static void test_drop_before_sync(void **state)
{
	struct queue q;

	(void)state;
	queue_init(&q);
	queue_push(&q, request(&ping, 1));
	queue_push(&q, request(&thaw, 2));
	queue_push(&q, request(NULL, 3));
	queue_push(&q, request(&ping, 4));
	queue_push(&q, request(&sync_command, 5));
	queue_push(&q, request(&ping, 6));
	queue_push(&q, request(&sync_command, 7));
	assert_int_equal(queue_drop_before_sync(&q, &budget, NULL, NULL), 3);
	assert_int_equal(q.n, 4);
	assert_int_equal(budget.used, 4);
	assert_int_equal(queue_drop_before_sync(&q, &budget, NULL, NULL), 0);
	queue_push(&q, request(&ping, 8));
	expect_pop(&q, 2);
	assert_int_equal(queue_drop_before_sync(&q, &budget, NULL, NULL), 0);
	expect_pop(&q, 5);
	assert_int_equal(queue_drop_before_sync(&q, &budget, NULL, NULL), 1);
	expect_pop(&q, 7);
	expect_pop(&q, 8);
	queue_fini(&q, &budget);
	assert_int_equal(budget.used, 0);
}

/* Dropping the last element moves the tail back. */
static void test_push_after_drop(void **state)
{
	struct queue q;

	(void)state;
	queue_init(&q);
	queue_push(&q, request(&thaw, 1));
	queue_push(&q, request(&ping, 2));
	assert_int_equal(queue_drop_before_sync(&q, &budget, NULL, NULL), 1);
	queue_push(&q, request(&sync_command, 3));
	assert_int_equal(q.n, 2);
	expect_pop(&q, 1);
	expect_pop(&q, 3);
	queue_push(&q, request(&ping, 4));
	assert_int_equal(queue_drop_before_sync(&q, &budget, NULL, NULL), 1);
	assert_null(q.head);
	queue_push(&q, request(&ping, 5));
	expect_pop(&q, 5);
	queue_fini(&q, &budget);
	assert_int_equal(budget.used, 0);
}

/* The id counts in the budget, too. */
static void test_charge(void **state)
{
	struct pending *p = request(&ping, 1);
	struct buf      id = BUF_INIT(100000);
	struct err      err;
	size_t          cap;

	(void)state;
	buf_fini(&p->text);
	buf_printf(&id, "%5000d", 7);
	cap = id.cap;
	err_init(&err);
	assert_int_equal(pending_charge(p, &id, &budget, &err), 0);
	assert_int_equal(budget.used, cap + 1);
	assert_int_equal(p->text.len, 5000);
	assert_null(id.data);
	pending_free(p, &budget);
	assert_int_equal(budget.used, 0);

	p = request(&ping, 1);
	buf_fini(&p->text);
	buf_printf(&id, "%5000d", 7);
	budget.used = budget.max - 10;
	assert_int_equal(pending_charge(p, &id, &budget, &err), -1);
	assert_string_equal(err.text, "limit exceeded: requests being received or queued may hold "
				      "1048576 bytes in all sessions together");
	assert_int_equal(budget.used, budget.max - 10);
	assert_int_equal(id.len, 5000);
	budget.used = 1;
	pending_free(p, &budget);
	assert_int_equal(budget.used, 0);
	buf_fini(&id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),           cmocka_unit_test(test_fini_frees),
		cmocka_unit_test(test_first_sync),      cmocka_unit_test(test_drop_before_sync),
		cmocka_unit_test(test_push_after_drop), cmocka_unit_test(test_charge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
