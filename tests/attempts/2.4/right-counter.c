/*
 * A counter: so many are in the list now, at most so many are called. When one
 * of them was removed meanwhile, somebody who asked for the next turn may have
 * a second one in this; but no more than that.
 */
void
loop_dispatch(struct loop *loop)
{
	size_t count = 0;

	for (struct list *link = loop->ready.next; link != &loop->ready;
	     link = link->next)
		count++;
	for (; count > 0 && !list_is_empty(&loop->ready); count--) {
		struct event_source *source =
			LIST_ITEM(loop->ready.next, struct event_source, link);
		list_remove(&source->link);
		source->on_event(source);
	}
}
