/*
 * A marker at the end of the list: who comes behind it has the next turn.
 */
void
loop_dispatch(struct loop *loop)
{
	struct list marker;

	list_init(&marker);
	list_add_last(&loop->ready, &marker);
	for (;;) {
		struct list *first = loop->ready.next;
		list_remove(first);
		if (first == &marker)
			return;
		struct event_source *source =
			LIST_ITEM(first, struct event_source, link);
		source->on_event(source);
	}
}
