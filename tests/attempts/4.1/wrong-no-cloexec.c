/*
 * Belief: "Close-on-exec is for servers that run other programs."
 *
 * What happens: Whoever starts a program from here hands it both ends: then
 * the death of a worker does not show, since somebody else still has its
 * end.
 *
 * Must fail: channel_ends_close_on_exec
 */
int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
}
