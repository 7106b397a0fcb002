/*
 * Belief: "One event, one signal."
 *
 * What happens: Two can have come before the first is taken. The second one
 * lies in the descriptor, and no event will tell of it.
 *
 * Must fail: signals_are_taken_one_by_one
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	signals->source.ready &= ~EVENT_READ;
	if (read(signals->source.fd, &info, sizeof info) != sizeof info)
		return 0;
	return (int)info.ssi_signo;
}
