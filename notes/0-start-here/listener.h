/*
 * listener.h - the beginning that the three servers have in common.
 */
#ifndef LISTENER_H
#define LISTENER_H

/*
 * Opens a listening TCP socket on 127.0.0.1, at the port that the command line
 * names (argv[1]) or at 8080, and says so on stdout. flags: 0 or SOCK_NONBLOCK.
 * Returns its descriptor; ends the process with a message if that fails.
 */
int listener_open(int argc, char *argv[], int flags);

#endif
