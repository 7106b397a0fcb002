/*
 * Belief: "As long as there is work, work."
 *
 * What happens: Whoever calls loop_again() comes once more at once. A client
 * that sends without end keeps the loop here, and nobody looks for others.
 *
 * Must fail: again_is_the_next_turn
 */
void
loop_dispatch(struct loop *loop)
{
	while (!list_is_empty(&loop->ready)) {
		struct event_source *source =
			LIST_ITEM(loop->ready.next, struct event_source, link);
		list_remove(&source->link);
		source->on_event(source);
	}
}
