/*
 * Belief: "There is nothing to do in the handler, so there is none."
 *
 * What happens: The loop calls it all the same: at address 0.
 *
 * Must fail: signal_wakes_the_loop
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	(void)on_event;
	signals->loop = loop;
	signals->watched = *watched;
	if (sigprocmask(SIG_BLOCK, watched, &signals->mask_before) == -1)
		return -1;
	int fd = signalfd(-1, watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return -1;
	signals->source = (struct event_source){.fd = fd, .wants = EVENT_READ};
	if (loop_add(loop, &signals->source) == -1)
		return -1;
	return ignore_sigpipe();
}
