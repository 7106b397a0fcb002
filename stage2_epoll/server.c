/*
 * server.c - one process that serves.
 */
#include "server.h"

#include "web/log.h"

#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool
has_room(void *owner)
{
	struct server *server = owner;

	return conn_has_room(&server->conns);
}

static void
on_accept(void *owner, int fd)
{
	struct server *server = owner;

	if (conn_open(&server->conns, fd) == 0)
		return;
	if (server->web.is_verbose)
		log_line("client %d: turned away: %s", fd, strerror(errno));
	close(fd);
}

static void
on_room(void *owner)
{
	struct server *server = owner;

	if (server->is_listening)
		listener_resume(&server->listener);
}

static void
print_stats(void *owner, int fd)
{
	struct server *server = owner;

	stats_print(server->stats, fd);
}

static void
on_stop_timeout(struct timer *timer)
{
	LIST_ITEM(timer, struct server, stop_timer)->is_finished = true;
}

static void
open_web(struct server *server, const struct options *options)
{
	server->web = (struct web){
		.site = site_open(options->root, options->connections),
		.stats = server->stats,
		.has_experiments = options->has_experiments,
		.is_verbose = options->is_verbose,
		.owner = server,
		.print_stats = print_stats,
	};
	if (server->web.site == NULL)
		err(1, "cannot serve the folder %s", options->root);
}

static void
open_conns(struct server *server, const struct options *options)
{
	server->conns = (struct conns){
		.loop = server->loop,
		.web = &server->web,
		.owner = server,
		.on_room = on_room,
	};
	if (conn_init(&server->conns, options->connections, &server->timers,
	              options->timeouts_ms) == -1)
		err(1, "cannot make room for %zu connections",
		    options->connections);
}

void
server_open(struct server *server, const struct options *options,
            struct stats *stats, const sigset_t *watched,
            void (*on_signal)(struct server *server, int signal_number))
{
	*server = (struct server){.stats = stats, .on_signal = on_signal};
	server->loop = loop_open();
	if (server->loop == NULL)
		err(1, "cannot make the event loop");
	if (signals_open(&server->signals, server->loop, watched) == -1)
		err(1, "cannot watch signals");
	timers_init(&server->timers);
	timers_add_queue(&server->timers, &server->stop_timeouts,
	                 SERVER_STOP_MS);
	timers_prepare(&server->stop_timer, on_stop_timeout);
	open_web(server, options);
	open_conns(server, options);
}

void
server_listen(struct server *server, int listen_fd)
{
	server->listener.owner = server;
	server->listener.has_room = has_room;
	server->listener.on_accept = on_accept;
	if (listener_start(&server->listener, listen_fd, server->loop,
	                   &server->timers) == -1)
		err(1, "cannot watch the listening socket");
	server->is_listening = true;
}

/* A client that comes to a shared listener wakes one process. If that one were
   full, the client would wait, and nobody else would know of it. (Who becomes
   full in the very turn in which it was woken is too late: that client waits
   until there is room here, or until the next one wakes somebody.) */
static void
step_aside_if_full(struct server *server)
{
	struct listener *listener = &server->listener;

	if (server->is_listening &&
	    (listener->source.wants & EVENT_EXCLUSIVE) && !has_room(server))
		listener_pause(listener);
}

void
server_run(struct server *server)
{
	while (!server->is_finished) {
		int timeout_ms =
			timers_wait_ms(&server->timers, timers_now_ms());
		if (loop_wait(server->loop, timeout_ms) == -1)
			err(1, "cannot wait for events");
		stats_count(&server->stats->wakeups);
		loop_dispatch(server->loop);
		timers_expire(&server->timers, timers_now_ms());

		int signal_number;
		while ((signal_number = signals_next(&server->signals)) != 0)
			server->on_signal(server, signal_number);
		step_aside_if_full(server);
		if (server->is_stopping && !server->awaits_clients &&
		    list_is_empty(&server->conns.open))
			server->is_finished = true;
	}
}

static void
stop_listening(struct server *server)
{
	if (!server->is_listening)
		return;
	listener_stop(&server->listener);
	close(server->listener.source.fd);
	server->is_listening = false;
}

void
server_drain(struct server *server, int64_t silent_ms)
{
	server->is_stopping = true;
	stop_listening(server);
	conn_drain(&server->conns, silent_ms);
}

void
server_stop(struct server *server)
{
	if (server->stop_timer.queue != NULL) { /* told twice */
		server->is_finished = true;
		return;
	}
	server_drain(server, 0);
	timers_start(&server->stop_timeouts, &server->stop_timer,
	             timers_now_ms());
}

void
server_close(struct server *server)
{
	stop_listening(server);
	conn_free(&server->conns);
	site_close(server->web.site);
	signals_close(&server->signals);
	loop_close(server->loop);
}
