/*
 * Belief: "Up to here: I remember which is the last, and stop behind it."
 *
 * What happens: Another one's handler removes it. It never comes, and as long as
 * somebody asks for another turn this one does not end.
 *
 * Must fail: last_one_removed_in_mid_turn
 */
void
loop_dispatch(struct loop *loop)
{
	struct list *last = loop->ready.previous;

	while (!list_is_empty(&loop->ready)) {
		struct list *link = loop->ready.next;
		struct event_source *source =
			LIST_ITEM(link, struct event_source, link);
		list_remove(link);
		source->on_event(source);
		if (link == last)
			break;
	}
}
