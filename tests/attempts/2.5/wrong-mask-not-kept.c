/*
 * Belief: "Who wants the old mask back can unblock the signals."
 *
 * What happens: signals_close() goes back to mask_before, which is empty or
 * whatever lay there.
 *
 * Must fail: signalfd_is_ours_alone
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	signals->watched = *watched;
	signals->mask_before = *watched;
	if (sigprocmask(SIG_BLOCK, watched, NULL) == -1)
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
