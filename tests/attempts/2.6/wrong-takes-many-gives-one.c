/*
 * Belief: "Read all that is there; so no signal is left."
 *
 * What happens: One is returned, the others are thrown away. SIGTERM that comes
 * together with SIGCHLD is lost.
 *
 * Must fail: signals_are_taken_one_by_one
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo infos[8];

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	ssize_t got = read(signals->source.fd, infos, sizeof infos);
	if (got >= (ssize_t)sizeof infos[0])
		return (int)infos[0].ssi_signo;
	signals->source.ready &= ~EVENT_READ;
	return 0;
}
