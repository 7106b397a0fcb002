/*
 * Answers each as soon as it is adopted.
 */
static void
say(struct event_source *channel, char what)
{
	answer(channel, &what, 1);
}

void
worker_adopt(struct event_source *channel)
{
	struct adopter *adopter = LIST_ITEM(channel, struct adopter, channel);
	int fd;

	for (;;) {
		switch (channel_recv_fd(channel->fd, &fd)) {
		case 1:
			say(channel, adopt(adopter, fd));
			continue;
		case 0:
			channel->ready &= ~EVENT_READ;
			finish(adopter);
			return;
		}
		if (errno != EBADMSG)
			break;
		adopter->owes_room = true;
		say(channel, CHANNEL_REFUSED);
	}
	channel->ready &= ~EVENT_READ;
}
