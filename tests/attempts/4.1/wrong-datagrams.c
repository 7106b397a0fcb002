/*
 * Belief: "Messages keep their borders: these are datagrams."
 *
 * What happens: A datagram socket knows of no connection: when the other
 * side dies, or hangs up, there is no end to be read. (SOCK_SEQPACKET has
 * both.)
 *
 * Must fail: channel_has_an_end
 */
int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	                  ends);
}
