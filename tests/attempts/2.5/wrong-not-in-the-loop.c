/*
 * Belief: "signals_next() reads the descriptor; that is enough."
 *
 * What happens: It is called after something has woken the loop. A signal does
 * not: an idle server does not hear SIGTERM until the next client comes.
 *
 * Must fail: signal_wakes_the_loop
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	signals->watched = *watched;
	if (sigprocmask(SIG_BLOCK, watched, &signals->mask_before) == -1)
		return -1;
	int fd = signalfd(-1, watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return -1;
	signals->source = (struct event_source){
		.fd = fd,
		.wants = EVENT_READ,
		.on_event = on_event,
	};
	list_init(&signals->source.link);
	return ignore_sigpipe();
}
