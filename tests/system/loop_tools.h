/*
 * loop_tools.h - what the tests of the event loop have in common.
 *
 * - A server may be one process or several: what is stopped, counted and
 *   looked at here is all of them together.
 * - `done` is the beginning of a failure's message: what the test has done to
 *   the server, in whole sentences.
 */
#ifndef SYSTEM_LOOP_TOOLS_H
#define SYSTEM_LOOP_TOOLS_H

#include "harness/client.h"
#include "harness/subject.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/*
 * The last argument of a server's command line where all clients must meet in
 * one process: "--workers=1", or NULL while there are no workers.
 */
const char *one_worker(void);

/* For tests of who has to wait: nobody leaves by a timeout meanwhile, however
   patient the test is. */
#define LONG_TIMEOUTS "--timeouts=900,900,900,900"

/* Starts a server with these arguments (NULL: none) and one_worker(). */
struct subject *start_one_worker(const char *first, const char *second);

/* SIGSTOP to every process, and SIGCONT: meanwhile events pile up. */
void stop_all(const struct subject *server);
void continue_all(const struct subject *server);

/* Of all processes. */
int64_t all_switches(const struct subject *server);
int64_t all_cpu_ns(const struct subject *server);
size_t all_fds(const struct subject *server);
/* Until they are no more than so many. */
void wait_all_fds(const struct subject *server, size_t count, const char *done);

bool all_are_parked(const struct subject *server);

/* What its processes do, in words. */
char *describe_all(const struct subject *server);

/*
 * The server sleeps: for window_ms it uses hardly any CPU, and it wakes up at
 * most wakeups_max times.
 */
void expect_at_rest(const struct subject *server, int window_ms,
                    int wakeups_max, const char *done);

/* Waits for input or the end, at most until end_ms. Says whether it came. */
bool wait_input(struct client *client, int64_t end_ms);

/*
 * The server has sent part of what this client has asked for, and waits for
 * events. The client must not read, and what it asked for must be more than the
 * kernel takes: then the server cannot finish. (proc_wait_stuck() waits longer,
 * until nothing moves any more.)
 */
void wait_blocked(const struct subject *server, const struct client *client);

/* Sends GET /hello.txt with these field lines. */
void ask_hello(struct client *client, const char *field_lines);
/* The answer to it comes, whole and right; nothing of it was read with an
   earlier answer. Returns it. */
struct response *expect_hello(const struct subject *server,
                              struct client *client, const char *done);
/* The body of a download comes: the pattern's bytes (root.h) from 0 on. */
void expect_download(const struct subject *server, struct client *client,
                     size_t byte_count, unsigned seed, const char *done);
/* The server ends the connection. */
void expect_let_go(const struct subject *server, struct client *client,
                   const char *done);
/* A new client is served, and leaves. */
void expect_service(struct subject *server, const char *done);

/* Sends the first half of a request, and the second one. */
void send_half(struct client *client);
void send_other_half(struct client *client);

/* From now on the client takes what comes as fast as anybody. */
void speed_up(struct client *client);

/* Lets this process have so many descriptors, or ends the test. */
void need_descriptors(rlim_t count);

/* A share of a deadline that is meant for the server: times patience. */
int64_t patient_ms(int64_t ms);

/* Sleeps, while the passing of time is what is tested. */
void pass_ms(int64_t ms);

#endif
