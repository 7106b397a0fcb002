/*
 * Belief: "SIG_SETMASK sets the mask to what I want."
 *
 * What happens: It also unblocks what somebody else had blocked before.
 *
 * Must fail: watched_signals_are_blocked
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	signals->watched = *watched;
	if (sigprocmask(SIG_SETMASK, watched, &signals->mask_before) == -1)
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
