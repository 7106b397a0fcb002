/*
 * Belief: "O_CLOEXEC is for files."
 *
 * What happens: A program that the server starts has the descriptor too, and
 * reads signals that were meant for itself from ours.
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
	int fd = signalfd(-1, watched, SFD_NONBLOCK);
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
