/*
 * Belief: "First come, first served: also who comes again."
 *
 * What happens: The same as above, seen from outside: one client asks for
 * thousands of things, the others wait until it has them.
 *
 * Must fail: greedy_client_waits_its_turn
 */
void
loop_dispatch(struct loop *loop)
{
	struct list *ready = &loop->ready;

	for (struct list *link = ready->next; link != ready;
	     link = ready->next) {
		list_remove(link);
		struct event_source *source =
			LIST_ITEM(link, struct event_source, link);
		source->on_event(source);
	}
}
