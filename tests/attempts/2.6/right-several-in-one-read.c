/*
 * Reads as many as have come in one call, and gives them out one by one.
 */
int
signals_next(struct signals *signals)
{
	static struct signalfd_siginfo infos[4];
	static size_t count, next;

	if (next < count)
		return (int)infos[next++].ssi_signo;
	while (signals->source.ready & EVENT_READ) {
		ssize_t got = read(signals->source.fd, infos, sizeof infos);
		if (got > 0) {
			count = (size_t)got / sizeof infos[0];
			next = 1;
			return (int)infos[0].ssi_signo;
		}
		if (got == -1 && errno == EINTR)
			continue;
		signals->source.ready &= ~EVENT_READ;
	}
	return 0;
}
