/*
 * Belief: "Block everything; then nothing can interrupt me."
 *
 * What happens: Signals that nobody takes are blocked too: the server cannot be
 * told anything that its author did not think of.
 *
 * Must fail: watched_signals_are_blocked
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	sigset_t all;

	signals->loop = loop;
	signals->watched = *watched;
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &signals->mask_before) == -1)
		return -1;
	int fd = signalfd(-1, watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return -1;
	signals->source = (struct event_source){
		.fd = fd,
		.wants = EVENT_READ,
		.on_event = on_event,
	};
	if (loop_add(loop, &signals->source) == -1)
		return -1;
	return ignore_sigpipe();
}
