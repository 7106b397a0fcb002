/*
 * Belief: "SIGPIPE was stage 1."
 *
 * What happens: The file is another one now, and the first client that goes away
 * in the middle of a download ends the server.
 *
 * Must fail: watched_signals_are_blocked
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	(void)ignore_sigpipe;
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
	return loop_add(loop, &signals->source);
}
