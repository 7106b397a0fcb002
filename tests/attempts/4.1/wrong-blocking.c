/*
 * Belief: "Blocking is the default, and the default is good."
 *
 * What happens: The main process waits in sendmsg() for a worker that does
 * not receive, and with it all clients wait; a worker waits in recvmsg()
 * for a connection that does not come, and does not serve those that it
 * has.
 *
 * Must fail: channel_ends_do_not_block
 */
int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}
