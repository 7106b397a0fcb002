/*
 * Belief: "A read that fails is tried again."
 *
 * What happens: EAGAIN means that there is none. It is tried again for ever.
 *
 * Must fail: no_signal_no_waiting
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	while (read(signals->source.fd, &info, sizeof info) != sizeof info)
		continue;
	return (int)info.ssi_signo;
}
