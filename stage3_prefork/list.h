/*
 * list.h - doubly linked lists whose links lie inside what they link.
 *
 * Nothing is allocated, and whatever holds a link can leave its list in O(1)
 * without knowing which list it is in. That is what an event loop needs: a
 * connection that is closed leaves the ready list and its deadline at once.
 *
 * - A list is a ring. An empty one is a lone `struct list` linked to itself.
 * - A link that is in no list is linked to itself too: list_remove() may be
 *   called for it again and does nothing.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *previous;
};

/* From a link, the struct it lies in: LIST_ITEM(link, struct conn, link). */
#define LIST_ITEM(link, type, member)                                          \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void
list_init(struct list *list)
{
	list->next = list;
	list->previous = list;
}

static inline bool
list_is_empty(const struct list *list)
{
	return list->next == list;
}

static inline void
list_add_last(struct list *list, struct list *link)
{
	link->next = list;
	link->previous = list->previous;
	list->previous->next = link;
	list->previous = link;
}

static inline void
list_remove(struct list *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
	list_init(link);
}

#endif
