/*
 * Belief: "signals_next() returns the next signal."
 *
 * What happens: It waits until there is one, and everybody with it.
 *
 * Must fail: no_signal_no_waiting
 */
int
signals_next(struct signals *signals)
{
	siginfo_t info;

	signals->source.ready &= ~EVENT_READ;
	return sigwaitinfo(&signals->watched, &info);
}
