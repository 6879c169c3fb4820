/* SPDX-License-Identifier: MIT */
#include "front/queue.h"

#include <string.h>

#include "log/log.h"

void queue_init(struct queue *q)
{
	*q = (struct queue){.head = NULL};
	q->tail = &q->head;
}

void queue_fini(struct queue *q, struct frame_budget *budget)
{
	while (q->head)
		pending_free(queue_pop(q), budget);
}

void queue_push(struct queue *q, struct pending *p)
{
	p->next = NULL;
	*q->tail = p;
	q->tail = &p->next;
	q->n++;
}

static struct pending *unlink_at(struct queue *q, struct pending **at)
{
	struct pending *p = *at;

	*at = p->next;
	if (!*at)
		q->tail = at;
	q->n--;
	return p;
}

struct pending *queue_pop(struct queue *q)
{
	return unlink_at(q, &q->head);
}

static bool has_flag(const struct pending *p, uint32_t flag)
{
	return p->command && (p->command->flags & flag);
}

struct pending *queue_first_sync(const struct queue *q)
{
	struct pending *p = q->head;

	while (p && !has_flag(p, CMD_SYNC))
		p = p->next;
	return p;
}

size_t queue_drop_before_sync(struct queue *q, struct frame_budget                      *budget,
			      void (*on_drop)(void *ctx, const struct pending *p), void *ctx)
{
	struct pending **at = &q->head;
	size_t           dropped = 0;

	while (*at && !has_flag(*at, CMD_SYNC)) {
		struct pending *p;

		if (has_flag(*at, CMD_SURVIVES_SYNC)) {
			at = &(*at)->next;
			continue;
		}
		p = unlink_at(q, at);
		log_warning("%s is dropped unstarted: a sync overtakes it",
			    p->command ? p->command->name : "an error reply");
		if (on_drop)
			on_drop(ctx, p);
		pending_free(p, budget);
		dropped++;
	}
	return dropped;
}

int pending_charge(struct pending *p, struct buf *text, struct frame_budget *budget,
		   struct err *err)
{
	size_t cost = text->cap > FRAME_FREE_MAX ? text->cap : 0;

	if (frame_budget_take(budget, cost) < 0)
		return frame_budget_error(budget, err);
	p->charged = cost;
	p->text = *text;
	buf_init(text, text->limit);
	return 0;
}

void pending_wipe(struct pending *p)
{
	if (p->command && (p->command->flags & CMD_SECRET) && p->msg.data)
		explicit_bzero(p->msg.data, p->msg.len);
}

void pending_free(struct pending *p, struct frame_budget *budget)
{
	if (!p)
		return;
	pending_wipe(p);
	frame_msg_fini(&p->msg, budget);
	budget->used -= p->charged;
	buf_fini(&p->text);
	free(p);
}
