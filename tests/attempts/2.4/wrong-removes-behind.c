/*
 * Belief: "When it has had its turn it leaves the list."
 *
 * What happens: loop_again() sees that it is in the list still, and does
 * nothing. Then it leaves, and its turn never comes. And it may be freed by
 * then.
 *
 * Must fail: again_is_the_next_turn
 */
void
loop_dispatch(struct loop *loop)
{
	struct list turn;

	if (list_is_empty(&loop->ready))
		return;
	list_add_last(&loop->ready, &turn);
	list_remove(&loop->ready);
	while (!list_is_empty(&turn)) {
		struct event_source *source =
			LIST_ITEM(turn.next, struct event_source, link);
		source->on_event(source);
		list_remove(&source->link);
	}
}
