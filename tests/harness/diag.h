/*
 * diag.h - one TCP socket, asked for by its addresses: sock_diag(7).
 *
 * /proc/net/tcp lists all sockets of the machine, those in TIME_WAIT too; after
 * some thousand connections a look takes many milliseconds. The kernel finds
 * one socket at once.
 */
#ifndef DIAG_H
#define DIAG_H

#include "proc.h"

#include <sys/socket.h>

/*
 * The socket whose own address is `local` and whose peer's is `remote`. Returns
 * 1 and fills in *found; 0 if there is none; -1 if the kernel does not answer
 * such questions here: then look in /proc/net/tcp.
 */
int diag_find(const struct sockaddr *local, const struct sockaddr *remote,
              struct proc_socket *found);

#endif
