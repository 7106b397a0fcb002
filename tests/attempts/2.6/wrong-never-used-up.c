/*
 * Belief: "The kernel keeps `ready`."
 *
 * What happens: It only sets it. A read that says EAGAIN has to clear it, or
 * every turn reads in vain.
 *
 * Must fail: signals_are_taken_one_by_one
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	if (read(signals->source.fd, &info, sizeof info) != sizeof info)
		return 0;
	return (int)info.ssi_signo;
}
