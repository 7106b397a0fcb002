/*
 * Belief: "One at a time; the loop comes by again."
 *
 * What happens: It does, with a system call for each. A turn is everybody's.
 *
 * Must fail: turn_is_first_come_first_served
 */
void
loop_dispatch(struct loop *loop)
{
	if (list_is_empty(&loop->ready))
		return;
	struct event_source *source =
		LIST_ITEM(loop->ready.next, struct event_source, link);
	list_remove(&source->link);
	source->on_event(source);
}
