/*
 * Belief: "The newest is at the end, and I take from the end."
 *
 * What happens: A stack. Who has waited longest waits longest.
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
			LIST_ITEM(turn.previous, struct event_source, link);
		list_remove(&source->link);
		source->on_event(source);
	}
}
