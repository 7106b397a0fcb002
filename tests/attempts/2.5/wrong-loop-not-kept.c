/*
 * Belief: "The loop is needed for loop_add(), and not any more."
 *
 * What happens: signals_close() takes the source out of its loop: out of NULL.
 *
 * Must fail: signalfd_is_ours_alone
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
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
	if (loop_add(loop, &signals->source) == -1)
		return -1;
	return ignore_sigpipe();
}
