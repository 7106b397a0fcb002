/*
 * Belief: "Walk along the list and call."
 *
 * What happens: Nobody ever leaves it: the loop never sleeps again, and calls
 * everybody in every turn.
 *
 * Must fail: again_is_the_next_turn
 */
void
loop_dispatch(struct loop *loop)
{
	for (struct list *link = loop->ready.next; link != &loop->ready;
	     link = link->next) {
		struct event_source *source =
			LIST_ITEM(link, struct event_source, link);
		source->on_event(source);
	}
}
