/*
 * Belief: "Its handler was called; so nothing is ready any more."
 *
 * What happens: Only the handler knows how much of it is used up. What it has
 * left is never told again.
 *
 * Must fail: turn_is_first_come_first_served
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
		source->on_event(source);
		source->ready = 0;
	}
}
