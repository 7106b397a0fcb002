/*
 * Belief: "The marker lies on the stack; it goes away by itself."
 *
 * What happens: Its memory does; the list still leads there. The next source
 * that gets ready is linked to whatever lies in that place by then.
 *
 * Must fail: turn_is_first_come_first_served
 */
void
loop_dispatch(struct loop *loop)
{
	struct list marker;

	list_add_last(&loop->ready, &marker);
	while (loop->ready.next != &marker) {
		struct event_source *source =
			LIST_ITEM(loop->ready.next, struct event_source, link);
		list_remove(&source->link);
		source->on_event(source);
	}
}
