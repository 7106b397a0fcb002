/*
 * Belief: "Who has sent it does not need it any more."
 *
 * What happens: If the worker dies before it adopts the connection, the
 * last copy goes with its channel: the client is lost. And a worker that
 * refuses cannot be replaced by another.
 *
 * Must fail: keep_in_order
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	(void)lane;
	close(fd);
}
