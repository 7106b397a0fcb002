/*
 * Belief: "Who is in the list and not ready is there by mistake."
 *
 * What happens: loop_again() put it there: it has bytes in its own memory, and
 * the kernel knows nothing of them.
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
		list_remove(&source->link);
		if (source->ready & source->wants)
			source->on_event(source);
	}
}
