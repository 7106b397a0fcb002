/*
 * Belief: "So many are in the list, so many handlers are to be called."
 *
 * What happens: One of them removes another, and the counter does not know. At
 * last the list is empty, and its head is taken for a source.
 *
 * Must fail: removed_in_mid_turn
 */
void
loop_dispatch(struct loop *loop)
{
	size_t count = 0;

	for (struct list *link = loop->ready.next; link != &loop->ready;
	     link = link->next)
		count++;
	while (count-- > 0) {
		struct event_source *source =
			LIST_ITEM(loop->ready.next, struct event_source, link);
		list_remove(&source->link);
		source->on_event(source);
	}
}
