/*
 * Belief: "ssi_code is the signal's code."
 *
 * What happens: It says how it came (kill(), a timer, the kernel). The number is
 * in ssi_signo.
 *
 * Must fail: signals_are_taken_one_by_one
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	if (read(signals->source.fd, &info, sizeof info) == sizeof info)
		return info.ssi_code;
	signals->source.ready &= ~EVENT_READ;
	return 0;
}
