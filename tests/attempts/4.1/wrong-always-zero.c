/*
 * Belief: "socketpair() does not fail."
 *
 * What happens: Without a descriptor left it does. The caller gets 0 and
 * two numbers that mean nothing, or those of other files.
 *
 * Must fail: channel_ends_close_on_exec
 */
int
channel_open(int ends[2])
{
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	           ends);
	return 0;
}
