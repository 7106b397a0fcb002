/*
 * Belief: "The main process ends, and its workers with it."
 *
 * What happens: They do, at once (PR_SET_PDEATHSIG), in the middle of every
 * answer.
 *
 * Must fail: stop_finishes_downloads
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	(void)supervisor;
	_exit(0);
}
