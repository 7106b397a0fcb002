/*
 * Packets that have an end: what differs from a stream is not used here.
 */
int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX,
	                  SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	                  ends);
}
