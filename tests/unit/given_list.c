/*
 * given_list.c - lists whose links lie inside what they link.
 */
#include "harness/graded.h"
#include "list.h"

#include <string.h>

struct letter {
	char name;
	struct list link;
};

static struct letter letters[4] = {
	{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};

static void
prepare(struct list *list)
{
	list_init(list);
	for (int i = 0; i < 4; i++)
		list_init(&letters[i].link);
}

/* The list holds these letters, in this order, forwards and backwards. */
static void
expect_list(const struct list *list, const char *expected, const char *story)
{
	char forwards[8] = "", backwards[8] = "";
	size_t count = 0;

	for (const struct list *link = list->next; link != list && count < 7;
	     link = link->next)
		forwards[count++] = LIST_ITEM(link, struct letter, link)->name;
	size_t end = count;
	for (const struct list *link = list->previous; link != list && end > 0;
	     link = link->previous)
		backwards[--end] = LIST_ITEM(link, struct letter, link)->name;
	if (strcmp(forwards, expected) != 0 ||
	    strncmp(backwards, expected, count) != 0)
		fail_test("%s The list is \"%s\", and backwards it comes from "
		          "\"%.*s\". It should be \"%s\".",
		          story, forwards, (int)count, backwards, expected);
	if (list_is_empty(list) != (*expected == '\0'))
		fail_test("%s list_is_empty() says the contrary of what is so.",
		          story);
}

GIVEN(list_keeps_the_order, "What is added last comes last.")
{
	struct list list;

	prepare(&list);
	expect_list(&list, "", "The list is new.");
	for (int i = 0; i < 4; i++)
		list_add_last(&list, &letters[i].link);
	expect_list(&list, "abcd", "Four items were added.");
}

GIVEN(list_removes_from_anywhere,
      "A link leaves its list without knowing it, and may do so twice.")
{
	struct list list;

	prepare(&list);
	for (int i = 0; i < 4; i++)
		list_add_last(&list, &letters[i].link);
	list_remove(&letters[1].link);
	expect_list(&list, "acd", "The second of four was removed.");
	if (!list_is_empty(&letters[1].link))
		fail_test("A link that was removed is not linked to itself.");
	list_remove(&letters[1].link);
	expect_list(&list, "acd", "It was removed once more.");
	list_remove(&letters[0].link);
	list_remove(&letters[3].link);
	expect_list(&list, "c", "The first and the last one were removed.");
	list_add_last(&list, &letters[0].link);
	expect_list(&list, "ca", "The first one was added again.");
	list_remove(&letters[2].link);
	list_remove(&letters[0].link);
	expect_list(&list, "", "All were removed.");
}
