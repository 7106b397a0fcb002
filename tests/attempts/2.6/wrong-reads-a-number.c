/*
 * Belief: "A signal is an int, so I read an int."
 *
 * What happens: signalfd gives whole structs only, or EINVAL. Nobody looks, and
 * no signal is ever taken.
 *
 * Must fail: signals_are_taken_one_by_one
 */
int
signals_next(struct signals *signals)
{
	int number;

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	if (read(signals->source.fd, &number, sizeof number) == sizeof number)
		return number;
	signals->source.ready &= ~EVENT_READ;
	return 0;
}
