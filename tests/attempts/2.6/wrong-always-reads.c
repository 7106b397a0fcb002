/*
 * Belief: "The read says EAGAIN if there is nothing; why look before?"
 *
 * What happens: It is right, and costs a system call in every turn of the loop,
 * for something that comes once in a server's life.
 *
 * Must fail: no_signal_no_waiting
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;
	ssize_t got;

	do
		got = read(signals->source.fd, &info, sizeof info);
	while (got == -1 && errno == EINTR);
	if (got == sizeof info)
		return (int)info.ssi_signo;
	signals->source.ready &= ~EVENT_READ;
	return 0;
}
