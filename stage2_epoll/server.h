/*
 * server.h - one process that serves: its loop, and all that hangs on it.
 *
 * Everything is made when the process starts and given back when it ends. In
 * between, server_run() turns the loop: wait, handle what happened, see what
 * has taken too long, look for signals.
 */
#ifndef SERVER_H
#define SERVER_H

#include "conn.h"
#include "listener.h"
#include "loop.h"
#include "signals.h"
#include "timers.h"
#include "web/options.h"
#include "web/stats.h"
#include "web/web.h"

#include <stdbool.h>

enum { SERVER_STOP_MS = 5000 }; /* for clients that stall at the end */

struct server {
	struct loop *loop;
	struct timers timers;
	struct signals signals;
	struct stats *stats;
	struct web web;
	struct conns conns;
	struct listener listener;
	bool is_listening;
	bool awaits_clients; /* others hand us some (stage 4): not the end yet,
	                        even when the last has gone */

	/* stopping */
	struct timer_queue stop_timeouts;
	struct timer stop_timer;
	bool is_stopping; /* no new clients; ends when the last has gone */
	bool is_finished; /* waits for nobody any more */

	void (*on_signal)(struct server *server, int signal_number);
};

/*
 * Makes the loop and room for the connections that the options name, and opens
 * the root. Counts in *stats, which outlives the server. on_signal is called
 * from server_run() for each signal of `watched`. What fails ends the process
 * with a message and exit status 1.
 */
void server_open(struct server *server, const struct options *options,
                 struct stats *stats, const sigset_t *watched,
                 void (*on_signal)(struct server *server, int signal_number));

/* Accepts clients from listen_fd (of listener_open()), which it takes over. */
void server_listen(struct server *server, int listen_fd);

/* Serves until it is finished. */
void server_run(struct server *server);

/*
 * No new clients. Requests that have come are answered, each as the last of its
 * connection; one on which nothing comes for silent_ms is closed (0: at once,
 * after one look). server_run() returns when the last connection has ended.
 */
void server_drain(struct server *server, int64_t silent_ms);

/* The same, with silent_ms 0, for SERVER_STOP_MS at most; when called again, it
   ends at once. */
void server_stop(struct server *server);

/* Closes all connections and gives everything back. */
void server_close(struct server *server);

#endif
