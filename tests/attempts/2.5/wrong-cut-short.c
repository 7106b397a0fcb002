/*
 * Belief: "The descriptor hears of the signals, whatever else they do."
 *
 * What happens: What else they do is to end the process. The same mistake, seen
 * from outside: a download is cut short by SIGTERM.
 *
 * Must fail: sigterm_finishes_what_was_begun
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	signals->watched = *watched;
	sigemptyset(&signals->mask_before);
	signals->source = (struct event_source){
		.fd = signalfd(-1, watched, SFD_NONBLOCK | SFD_CLOEXEC),
		.wants = EVENT_READ,
		.on_event = on_event,
	};
	if (signals->source.fd == -1 || loop_add(loop, &signals->source) == -1)
		return -1;
	return ignore_sigpipe();
}
