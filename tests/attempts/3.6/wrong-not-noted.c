/*
 * Belief: "waitpid() has taken it away, so it is gone."
 *
 * What happens: The table does not know. Its place is never free again, and it
 * counts as one that serves.
 *
 * Must fail: the_dead_are_replaced
 */
void
supervisor_reap(struct supervisor *supervisor)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	supervisor_balance(supervisor);
}
