/*
 * Belief: "The handler may remove its source, so I remember the next one before."
 *
 * What happens: The handler may remove that one, too. It is called all the same,
 * and from it the way leads nowhere.
 *
 * Must fail: removed_in_mid_turn
 */
void
loop_dispatch(struct loop *loop)
{
	struct list turn;

	if (list_is_empty(&loop->ready))
		return;
	list_add_last(&loop->ready, &turn);
	list_remove(&loop->ready);
	for (struct list *link = turn.next, *next; link != &turn; link = next) {
		next = link->next;
		struct event_source *source =
			LIST_ITEM(link, struct event_source, link);
		list_remove(link);
		source->on_event(source);
	}
}
