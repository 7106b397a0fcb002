/*
 * channel.h - the way from the main process to a worker, for descriptors.
 *
 * What was opened after fork() the other process has not, and its number means
 * nothing there. A connected pair of UNIX sockets can carry it all the same: as
 * ancillary data of a message the kernel puts a reference to the same open file
 * into the receiver, under a number of its own: unix(7), SCM_RIGHTS; cmsg(3).
 *
 *   main process                              worker
 *      ends[0]  ---- one byte and one descriptor ---->  ends[1]
 *               <---- '+', '-', 'r' or 'q', one byte each -----
 *
 * - A byte has to go with it: on a stream, no byte, no message.
 * - The receiver's descriptor is another one for the same open file, as after
 *   dup(2): who has sent it still has it, and closes it when it likes.
 * - O_NONBLOCK belongs to the open file and comes along; FD_CLOEXEC belongs to
 *   the descriptor and does not.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

enum {
	CHANNEL_ADOPTED = '+', /* the connection is mine now */
	CHANNEL_REFUSED = '-', /* give it to somebody else */
	CHANNEL_ROOM = 'r',    /* I can take connections, or can again */
	CHANNEL_LEAVING = 'q', /* I was told to end: hang up when you can */
};

/* Makes the pair, non-blocking and close-on-exec: ends[0] for the main process,
   ends[1] for the worker. Returns 0, or -1 with errno. socketpair(2). */
int channel_open(int ends[2]);

/*
 * Sends one byte with the descriptor fd, which stays open here. Returns 0, or
 * -1 with errno: EAGAIN if the channel is full (or too many descriptors are
 * under way: the kernel's ETOOMANYREFS), EPIPE or ECONNRESET if the worker is
 * gone.
 */
int channel_send_fd(int channel, int fd);

/*
 * Receives one byte with its descriptor. Returns 1 and the descriptor in *fd,
 * which is close-on-exec and the caller's; 0 at the end; -1 with errno: EAGAIN
 * if there is nothing now; EBADMSG if a byte came that had no descriptor, or
 * several, or whose descriptor was lost for want of room: whatever came with it
 * is closed.
 */
int channel_recv_fd(int channel, int *fd);

#endif
