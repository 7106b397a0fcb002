/*
 * Belief: "The loop says when there is something to read, so it may block."
 *
 * What happens: Signals are read until none is left, and how should one know
 * that but by EAGAIN? The server stops in that last read().
 *
 * Must fail: signalfd_is_ours_alone
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	signals->watched = *watched;
	if (sigprocmask(SIG_BLOCK, watched, &signals->mask_before) == -1)
		return -1;
	int fd = signalfd(-1, watched, SFD_CLOEXEC);
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
