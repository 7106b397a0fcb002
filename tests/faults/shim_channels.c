/*
 * shim_channels.c - UNIX socket pairs with hardly any room in them.
 *
 *	LD_PRELOAD=build/stage4/shim_channels.so build/server
 *
 * By default a channel holds 278 messages of one byte and a descriptor; with
 * this one it is full after a dozen.
 */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int
socketpair(int domain, int type, int protocol, int fds[2])
{
	const int least = 1; /* the kernel makes it what it needs at least */

	if (syscall(SYS_socketpair, domain, type, protocol, fds) == -1)
		return -1;
	for (int i = 0; domain == AF_UNIX && i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
	return 0;
}
