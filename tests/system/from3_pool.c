/*
 * from3_pool.c - a pool of workers, looked at from outside.
 *
 * What is asked holds of any server with a main process and workers, however
 * the connections get to them.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { POOL_MAX = 32 };

#define POOL_NEEDS "3.1-3.2, 3.5, 4.1-4.6"

static struct subject *
start_pool(int workers, const char *argument)
{
	return subject_start(text_print("--workers=%d", workers), argument,
	                     NULL);
}

/* The main process's children, without those that have ended. */
static size_t
pool_of(const struct subject *server, pid_t pids[POOL_MAX])
{
	size_t count = 0;
	size_t found = proc_children(subject_pid(server), pids, POOL_MAX);

	for (size_t i = 0; i < found; i++)
		if (proc_state(pids[i]) != 'Z' && proc_state(pids[i]) != 0)
			pids[count++] = pids[i];
	return count;
}

static size_t
zombies_of(const struct subject *server)
{
	pid_t pids[POOL_MAX];
	size_t count = 0;
	size_t found = proc_children(subject_pid(server), pids, POOL_MAX);

	for (size_t i = 0; i < found; i++)
		if (proc_state(pids[i]) == 'Z')
			count++;
	return count;
}

static bool
is_in(pid_t pid, const pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* So many workers, all asleep in their loops, and none of the old ones. */
static bool
has_pool(const struct subject *server, size_t wanted, const pid_t *old,
         size_t old_count)
{
	pid_t pids[POOL_MAX];
	size_t count = pool_of(server, pids);

	if (count != wanted || zombies_of(server) > 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (is_in(pids[i], old, old_count) || !proc_is_parked(pids[i]))
			return false;
	return true;
}

static void
wait_pool(const struct subject *server, size_t wanted, const pid_t *old,
          size_t old_count, const char *done)
{
	pid_t pids[POOL_MAX];

	WAIT_UNTIL(has_pool(server, wanted, old, old_count),
	           "%s There should be %zu workers, new ones in place of those "
	           "that have gone, and no zombie. There are %zu workers and "
	           "%zu zombies; the server %s.",
	           done, wanted, pool_of(server, pids), zombies_of(server),
	           describe_all(server));
}

/* ---- 3.1, 3.2: the pool is there, and shares what it should ---- */

SYSTEM(3_01, any_worker_tells_of_all, 2, POOL_NEEDS,
       "/.stats names every worker, whichever of them is asked.")
{
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(4, "--experiments");
	size_t count = pool_of(server, pids);

	for (int round = 0; round < 8; round++) {
		struct response *response = client_get(server, "/.stats");
		expect_status(response, 200);
		for (size_t i = 0; i < count; i++) {
			char *named = text_print("\"pid\": %d,", (int)pids[i]);
			if (strstr((const char *)response->body, named) == NULL)
				fail_test("Worker %d is not named in /.stats, "
				          "which says: %s",
				          (int)pids[i], response->body);
		}
	}
}

SYSTEM(3_02, pool_is_there_before_the_clients, 3, POOL_NEEDS,
       "As many workers as were asked for are there before the first client, "
       "and the same after many.")
{
	pid_t before[POOL_MAX], after[POOL_MAX], grandchildren[POOL_MAX];
	struct subject *server = start_pool(3, NULL);
	size_t count = pool_of(server, before);

	if (count != 3)
		fail_test("The server was started with --workers=3, and says "
		          "that it listens. It has %zu child processes; it "
		          "should have 3.",
		          count);
	for (int i = 0; i < 30; i++)
		expect_service(server, "Clients came and went.");
	size_t count_after = pool_of(server, after);
	for (size_t i = 0; i < count_after; i++) {
		if (!is_in(after[i], before, count))
			fail_test("30 clients came and went. Process %d was "
			          "not there before them: the pool is made at "
			          "the start, not for each client.",
			          (int)after[i]);
		if (proc_children(after[i], grandchildren, POOL_MAX) > 0)
			fail_test(
				"Worker %d has child processes of its own: it "
				"has run on into the main process's code.",
				(int)after[i]);
	}
	if (count_after != count)
		fail_test("30 clients came and went. There were %zu workers "
		          "before, and are %zu now.",
		          count, count_after);
}

SYSTEM(3_02, workers_serve_not_the_main_process, 2, POOL_NEEDS,
       "Connections are the workers'; the main process has none.")
{
	struct subject *server = start_pool(2, NULL);

	for (int i = 0; i < 6; i++) {
		struct client *client = client_connect(server);
		ask_hello(client, "");
		expect_hello(server, client, "A client asked, and stays.");
		proc_wait_parked(server);
		pid_t holder = proc_holder(server, client);
		if (holder == subject_pid(server))
			fail_test(
				"A client was answered, and its connection is "
				"held by the main process (%d). It should be "
				"a worker's alone.",
				(int)holder);
	}
}

SYSTEM(3_02, first_line_comes_once, 2, POOL_NEEDS ", 3.6-3.8",
       "What the main process had printed before it forked is printed once.")
{
	struct subject *server = start_pool(4, NULL);

	subject_stop(server);
	const char *text = subject_stdout(server);
	const char *first = strstr(text, "listening on");
	if (first != NULL && strstr(first + 1, "listening on") != NULL)
		fail_test("A server with 4 workers was started and stopped. It "
		          "said: %s. The first line came more than once: "
		          "fork() copies stdio's buffers too, and exit() in a "
		          "worker writes them out again. _exit() does not.",
		          text_quote(text, strlen(text)));
}

SYSTEM(3_02, started_worker_is_prepared, 1, POOL_NEEDS ", 3.3",
       "A worker is prepared before it runs.")
{
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(2, NULL);
	size_t count = pool_of(server, pids);

	for (size_t i = 0; i < count; i++)
		if (!proc_signal_is(pids[i], "SigIgn", SIGINT))
			fail_test("A server with 2 workers was started. Worker "
			          "%d does not ignore SIGINT. worker_prepare() "
			          "sees to that and to more; worker_start() "
			          "calls it in the child, before "
			          "worker_run().",
			          (int)pids[i]);
}

/* ---- 3.3: what a worker has not inherited ---- */

SYSTEM(3_03, workers_end_with_the_main_process, 3, POOL_NEEDS ", 3.3",
       "When the main process is killed its workers end too, and the port is "
       "free.")
{
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(3, NULL);
	size_t count = pool_of(server, pids);

	subject_may_end(server);
	kill(subject_pid(server), SIGKILL);
	for (size_t i = 0; i < count; i++)
		WAIT_UNTIL(proc_state(pids[i]) == 0 ||
		                   proc_state(pids[i]) == 'Z',
		           "The main process was killed (SIGKILL). Its worker "
		           "%d lives on, and keeps the port: it %s.",
		           (int)pids[i], proc_describe(pids[i]));
}

SYSTEM(3_03, terminal_signals_spare_the_workers, 2, POOL_NEEDS ", 3.3",
       "SIGINT and SIGHUP, sent to a worker, do nothing: they are for the main "
       "process.")
{
	pid_t before[POOL_MAX], after[POOL_MAX];
	struct subject *server = start_pool(2, NULL);
	size_t count = pool_of(server, before);

	for (size_t i = 0; i < count; i++) {
		kill(before[i], SIGINT);
		kill(before[i], SIGHUP);
	}
	for (int i = 0; i < 4; i++)
		expect_service(server, "The workers got SIGINT and SIGHUP.");
	size_t count_after = pool_of(server, after);
	for (size_t i = 0; i < count; i++)
		if (!is_in(before[i], after, count_after))
			fail_test("Worker %d got SIGINT and SIGHUP, as from a "
			          "terminal, and ended.",
			          (int)before[i]);
}

SYSTEM(3_03, sigterm_is_heard_by_one, 3, POOL_NEEDS ", 3.3, 3.6-3.7",
       "SIGTERM to one worker ends that one, which is replaced, and no other.")
{
	pid_t before[POOL_MAX], after[POOL_MAX];
	struct subject *server = start_pool(3, NULL);

	pool_of(server, before);
	kill(before[0], SIGTERM);
	wait_pool(server, 3, before, 1, "One of 3 workers got SIGTERM.");
	pool_of(server, after);
	if (!is_in(before[1], after, 3) || !is_in(before[2], after, 3))
		fail_test("Worker %d got SIGTERM. Workers %d and %d should not "
		          "have noticed; one of them is gone too.",
		          (int)before[0], (int)before[1], (int)before[2]);
}

CONTRACT(stats_name_the_living, POOL_NEEDS ", 3.3, 3.6-3.7",
         "A worker was told to end, and has a successor: /.stats names those "
         "that are there, and no dead one.")
{
	pid_t before[POOL_MAX];
	struct subject *server = start_pool(2, "--experiments");
	struct response *response;
	size_t named = 0;

	pool_of(server, before);
	kill(before[0], SIGTERM);
	wait_pool(server, 2, before, 1, "One of 2 workers got SIGTERM.");
	WAIT_UNTIL(strstr((const char *)client_get(server, "/.stats")->body,
	                  "draining") == NULL,
	           "One of 2 workers got SIGTERM, ended, and has a successor. "
	           "/.stats still calls one \"draining\".");
	response = client_get(server, "/.stats");
	for (const char *at = (const char *)response->body;
	     (at = strstr(at, "{\"pid\":")) != NULL; at++)
		named++;
	if (named != 2 ||
	    strstr((const char *)response->body, "\"dead\"") != NULL)
		fail_test("One of 2 workers got SIGTERM, ended, and has a "
		          "successor. /.stats should name the two that are "
		          "there. It says: %s",
		          response->body);
}

/* ---- 3.4: side by side ---- */

SYSTEM(3_04, one_client_wakes_one_worker, 4, POOL_NEEDS ", 3.4",
       "A new client wakes one of the workers, not all.")
{
	enum { WORKERS = 8, CLIENTS = 12 };
	pid_t pids[POOL_MAX];
	int64_t before = 0, after = 0;
	struct subject *server = start_pool(WORKERS, NULL);
	size_t count = pool_of(server, pids);

	proc_wait_parked(server);
	for (size_t i = 0; i < count; i++)
		before += proc_voluntary_switches(pids[i]);
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = client_connect(server);
		proc_wait_accepted(server, client);
	}
	for (size_t i = 0; i < count; i++)
		after += proc_voluntary_switches(pids[i]);
	if (after - before > 3 * CLIENTS)
		fail_test(
			"%d workers slept. %d clients connected, one after the "
			"other. The workers woke up %lld times; once or twice "
			"a client is enough. All of them are woken, and one "
			"gets the client.",
			WORKERS, CLIENTS, (long long)(after - before));
}

SYSTEM(3_04, crowd_is_served_side_by_side, 2, POOL_NEEDS ", 3.4, 3.6",
       "Many who come at once are all served, and nobody is forgotten.")
{
	enum { CROWD = 60 };
	struct client *clients[CROWD];
	struct subject *server = start_pool(3, NULL);

	proc_wait_parked(server);
	stop_all(server);
	for (int i = 0; i < CROWD; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	continue_all(server);
	for (int i = 0; i < CROWD; i++)
		expect_hello(server, clients[i],
		             text_print("While all processes were stopped, %d "
		                        "clients connected and asked. This is "
		                        "number %d.",
		                        CROWD, i + 1));
}

CONTRACT(full_worker_strands_nobody, POOL_NEEDS ", 1.10, 3.4",
         "While one worker is full, a new client is served by another that is "
         "not.")
{
	enum { EACH = 2, MOST = 3 };
	struct client *clients[MOST];
	pid_t holders[MOST];
	struct subject *server =
		subject_start("--workers=2", "--connections=2",
	                      "--timeouts=900,900,900,900", NULL);
	int count = 0, have = 0;

	while (have < EACH) {
		clients[count] = client_connect(server);
		ask_hello(clients[count], "");
		expect_hello(server, clients[count], "A client asked.");
		proc_wait_parked(server);
		holders[count] = proc_holder(server, clients[count]);
		have = 0;
		for (int i = 0; i <= count; i++)
			have += holders[i] == holders[count];
		count++;
	}
	for (int i = 0; i < count; i++) {
		if (holders[i] != holders[count - 1])
			continue;
		client_send(clients[i], "GET /hel");
		proc_wait_consumed(server, clients[i]);
	}
	struct client *other = client_connect(server);
	ask_hello(other, "");
	expect_hello(
		server, other,
		"One of two workers has two clients in the midst of their "
		"requests, which is all that it may have (-c 2). The other "
		"has room. A third client came.");
}

SYSTEM(3_04, dead_worker_strands_nobody, 2,
       POOL_NEEDS ", 3.3-3.4, 3.6-3.7, 4.7-4.8",
       "A client that came while a worker was about to take it, and died, is "
       "served by another.")
{
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(2, NULL);

	for (int round = 0; round < 5; round++) {
		pool_of(server, pids);
		proc_wait_parked(server);
		proc_stop(pids[0]);
		proc_stop(pids[1]);
		struct client *client = client_connect(server);
		kill(pids[round % 2], SIGKILL);
		proc_continue(pids[(round + 1) % 2]);
		ask_hello(client, "");
		expect_hello(
			server, client,
			"Both workers were stopped, a client connected, one "
			"of them was killed, and the other one continued.");
		client_close(client);
		wait_pool(server, 2, &pids[round % 2], 1,
		          "One of 2 workers was killed.");
	}
}

/* ---- 3.5 to 3.7: workers come and go ---- */

SYSTEM(3_05, killed_worker_is_replaced, 3, POOL_NEEDS ", 3.3, 3.6-3.7, 4.7-4.8",
       "A worker that is killed is replaced at once; the others serve "
       "meanwhile.")
{
	pid_t before[POOL_MAX];
	struct subject *server = start_pool(2, NULL);

	pool_of(server, before);
	proc_wait_parked(server);
	int64_t start_ms = wait_now_ms();
	kill(before[0], SIGKILL);
	expect_service(server, "One of 2 workers was killed.");
	wait_pool(server, 2, before, 1, "One of 2 workers was killed.");
	int64_t took_ms = wait_now_ms() - start_ms;
	if (took_ms > patient_ms(900))
		fail_test(
			"A worker that served was killed. It took %lld ms "
			"until "
			"another one was there. A worker that had become ready "
			"is replaced at once; only one that had not waits a "
			"second.",
			(long long)took_ms);
	for (int i = 0; i < 4; i++)
		expect_service(server, "A killed worker was replaced.");
}

CONTRACT(deaths_are_seen_whoever_started_it, POOL_NEEDS ", 3.3, 3.6-3.8",
         "Whoever starts the server may have ignored SIGCHLD, which exec() "
         "keeps: dead workers are replaced all the same.")
{
	pid_t before[POOL_MAX];
	struct subject *server = subject_start_with(&(struct subject_options){
		.arguments = (const char *const[]){"--workers=2", NULL},
		.ignored_signal = SIGCHLD,
	});

	proc_wait_parked(server);
	pool_of(server, before);
	kill(before[0], SIGKILL);
	wait_pool(
		server, 2, before, 1,
		"The server was started with SIGCHLD ignored. One of 2 workers "
		"was killed.");
	subject_stop(server);
}

CONTRACT(term_while_workers_start, POOL_NEEDS ", 3.3, 3.6-3.8",
         "SIGTERM while the workers start: the server ends, with exit status "
         "0.")
{
	enum { TIMES = 20 };
	pid_t pids[POOL_MAX];

	for (int i = 0; i < TIMES; i++) {
		struct subject *server = subject_launch("--workers=8", NULL);
		pid_t main_pid = subject_pid(server);
		WAIT_UNTIL(proc_children(main_pid, pids, POOL_MAX) > 0,
		           "The server was started with 8 workers. It has "
		           "none; it %s.",
		           describe_all(server));
		subject_signal(server, SIGTERM);
		subject_wait_exit(server, 0);
	}
}

/* Asks over one connection until the server says that it was the last time,
   then over a new one. */
static void
ask_on(struct subject *server, struct client **client, const char *done)
{
	if (*client == NULL)
		*client = client_connect(server);
	ask_hello(*client, "");
	struct response *response = expect_hello(server, *client, done);
	const char *connection = response_field(response, "Connection");
	if (connection != NULL && strcmp(connection, "close") == 0) {
		client_close(*client);
		*client = NULL;
	}
}

static bool
are_all_new(const struct subject *server, const pid_t *old, size_t old_count)
{
	pid_t pids[POOL_MAX];
	size_t count = pool_of(server, pids);

	for (size_t i = 0; i < count; i++)
		if (is_in(pids[i], old, old_count))
			return false;
	return count == old_count;
}

SYSTEM(3_05, sighup_replaces_all, 3, POOL_NEEDS ", 1.10, 3.3, 3.6-3.7",
       "SIGHUP replaces all workers, and no request of a client is lost.")
{
	enum { CLIENTS = 6 };
	static const char done[] = "The main process got SIGHUP while clients "
				   "went on asking.";
	struct client *clients[CLIENTS] = {NULL};
	pid_t before[POOL_MAX];
	struct subject *server = start_pool(2, NULL);
	size_t count = pool_of(server, before);
	int64_t deadline_ms = wait_deadline_ms();

	for (int i = 0; i < CLIENTS; i++)
		ask_on(server, &clients[i], "Clients asked.");
	kill(subject_pid(server), SIGHUP);
	while (!are_all_new(server, before, count)) {
		for (int i = 0; i < CLIENTS; i++)
			ask_on(server, &clients[i], done);
		if (wait_now_ms() > deadline_ms)
			fail_test(
				"%s Not all of the %zu workers were replaced. "
				"The server %s.",
				done, count, describe_all(server));
	}
	expect_service(server, done);
}

SYSTEM(3_06, all_die_together, 3, POOL_NEEDS ", 3.3, 3.6-3.7",
       "When all workers die in one moment, all are reaped and replaced.")
{
	enum { WORKERS = 5 };
	pid_t before[POOL_MAX];
	struct subject *server = start_pool(WORKERS, NULL);
	size_t count = pool_of(server, before);

	proc_wait_parked(server);
	proc_stop(subject_pid(server));
	for (size_t i = 0; i < count; i++)
		kill(before[i], SIGKILL);
	for (size_t i = 0; i < count; i++)
		WAIT_UNTIL(proc_state(before[i]) == 'Z',
		           "Worker %d was killed and %s.", (int)before[i],
		           proc_describe(before[i]));
	proc_continue(subject_pid(server));
	wait_pool(server, WORKERS, before, count,
	          "While the main process was stopped (SIGSTOP), all 5 workers "
	          "were killed: that is one SIGCHLD.");
	expect_service(server, "All workers were killed and replaced.");
}

SYSTEM(3_06, no_zombie_stays, 3, POOL_NEEDS ", 3.3, 3.6-3.7",
       "Workers that die one after the other leave no zombie.")
{
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(2, NULL);

	for (int i = 0; i < 8; i++) {
		pool_of(server, pids);
		pid_t victim = pids[i % 2];
		kill(victim, i % 3 == 0 ? SIGABRT : SIGKILL);
		wait_pool(server, 2, &victim, 1,
		          text_print("Workers were killed one after the other; "
		                     "this is number %d.",
		                     i + 1));
	}
}

SYSTEM(3_07, deaths_cost_no_descriptor, 3, POOL_NEEDS ", 3.3, 3.6-3.7",
       "The main process has as many descriptors after many deaths as before.")
{
	enum { DEATHS = 8 };
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(2, NULL);
	pid_t main_pid = subject_pid(server);

	pool_of(server, pids);
	wait_pool(server, 2, NULL, 0, "The server was started.");
	size_t main_fds = proc_fd_count(main_pid);
	size_t worker_fds = proc_fd_count(pids[0]);
	for (int i = 0; i < DEATHS; i++) {
		pool_of(server, pids);
		pid_t victim = pids[0];
		kill(victim, SIGKILL);
		wait_pool(server, 2, &victim, 1, "A worker was killed.");
	}
	proc_wait_parked(server);
	if (proc_fd_count(main_pid) != main_fds)
		fail_test("%d workers died and were replaced. The main process "
		          "had %zu descriptors before, and has %zu now.",
		          DEATHS, main_fds, proc_fd_count(main_pid));
	size_t count = pool_of(server, pids);
	for (size_t i = 0; i < count; i++)
		if (proc_fd_count(pids[i]) != worker_fds)
			fail_test(
				"%d workers died and were replaced. One of the "
				"first had %zu descriptors; worker %d, a "
				"later one, has %zu: it has inherited some "
				"that are not its business.",
				DEATHS, worker_fds, (int)pids[i],
				proc_fd_count(pids[i]));
}

static size_t
count_lines(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

SYSTEM(3_07, storm_is_damped, 1, POOL_NEEDS ", 3.3, 3.6-3.7, 1.11-1.12",
       "Workers that die before they are ready are not started again and again "
       "without a pause; and when they can live, they do.")
{
	pid_t pids[POOL_MAX];
	struct subject *server = start_pool(2, NULL);
	const char *away = text_print("%s/away", scratch_path());

	pool_of(server, pids);
	/* Without the folder that it is to serve, a worker cannot start. */
	if (rename(root_path(), away) != 0)
		not_checked("the folder could not be renamed");
	kill(pids[0], SIGKILL);
	WAIT_UNTIL(
		count_lines(subject_stderr(server), "exit status") >= 2,
		"The folder to serve was taken away and a worker killed. Its "
		"successor cannot start; it should be tried again, after a "
		"pause, and each time be told of: \"worker 123: exit status "
		"1\" (report_death()). The server said: %s",
		subject_stderr(server));
	int64_t start_ms = wait_now_ms();
	size_t before = count_lines(subject_stderr(server), "exit status");
	pass_ms(700);
	size_t after = count_lines(subject_stderr(server), "exit status");
	double seconds = (double)(wait_now_ms() - start_ms) / 1000;
	if ((double)(after - before) > 2 + 2 * seconds)
		fail_test("Workers cannot start. In %.1f seconds the server "
		          "forked %zu of them. After one that dies young it "
		          "should pause for a second.",
		          seconds, after - before);
	if (rename(away, root_path()) != 0)
		not_checked("the folder could not be renamed back");
	wait_pool(
		server, 2, pids, 1,
		"The folder to serve was taken away, a worker killed, and the "
		"folder put back.");
	expect_service(server, "A worker could start again.");
}

/* ---- 3.8: the end ---- */

SYSTEM(3_08, stop_finishes_downloads, 3, POOL_NEEDS ", 3.3, 3.6-3.8",
       "SIGTERM in the middle of downloads: each client gets all of its file; "
       "then all processes end, with status 0.")
{
	enum { BYTES = 4 << 20, CLIENTS = 4 };
	struct client *clients[CLIENTS];
	root_pattern("large.bin", BYTES, 9);
	struct subject *server = start_pool(2, NULL);

	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = client_connect_slow(server);
		client_request(clients[i], "GET", "/large.bin", "");
		expect_status(client_receive_head(clients[i]), 200);
	}
	for (int i = 0; i < CLIENTS; i++)
		wait_blocked(server, clients[i]);
	subject_signal(server, SIGTERM);
	for (int i = 0; i < CLIENTS; i++) {
		speed_up(clients[i]);
		expect_download(server, clients[i], BYTES, 9,
		                "SIGTERM came in the middle of downloads.");
		client_expect_end(clients[i]);
	}
	subject_wait_exit(server, 0);
}

/* Does any process of the server still have the listening socket? */
static bool
anybody_listens(const struct subject *server, uint64_t inode)
{
	pid_t pids[POOL_MAX];
	size_t count = subject_pids(server, pids, POOL_MAX);

	for (size_t i = 0; i < count; i++)
		if (proc_fd_of_socket(pids[i], inode) != -1)
			return true;
	return false;
}

SYSTEM(3_08, nobody_listens_any_more, 2, POOL_NEEDS ", 3.3, 3.6-3.8",
       "While downloads are being finished, no process has the listening "
       "socket "
       "any more.")
{
	enum { BYTES = 4 << 20 };
	root_pattern("large.bin", BYTES, 9);
	struct subject *server = start_pool(3, NULL);
	struct client *client = client_connect_slow(server);
	uint64_t inode = proc_listener_inode(server);

	client_request(client, "GET", "/large.bin", "");
	expect_status(client_receive_head(client), 200);
	wait_blocked(server, client);
	subject_signal(server, SIGTERM);
	WAIT_UNTIL(!anybody_listens(server, inode),
	           "SIGTERM came while a download was under way. A process of "
	           "the server still has the listening socket open, so new "
	           "clients get connected, and then nothing. A listening "
	           "socket lives until the last copy of it is closed.");
	speed_up(client);
	client_receive_pattern(client, BYTES, 0, 9);
	subject_wait_exit(server, 0);
}

SYSTEM(3_08, told_twice_it_ends_at_once, 2, POOL_NEEDS ", 3.3, 3.6-3.8",
       "A second SIGTERM ends the server and its workers at once.")
{
	pid_t pids[POOL_MAX];
	root_pattern("large.bin", 8 << 20, 9);
	struct subject *server = start_pool(2, NULL);
	struct client *client = client_connect_slow(server);
	uint64_t inode = proc_listener_inode(server);
	size_t count = pool_of(server, pids);

	client_request(client, "GET", "/large.bin", "");
	expect_status(client_receive_head(client), 200);
	wait_blocked(server, client);
	int64_t first_ms = wait_now_ms();
	subject_signal(server, SIGTERM);
	WAIT_UNTIL(!anybody_listens(server, inode),
	           "SIGTERM came. The server still listens.");
	int64_t second_ms = wait_now_ms();
	subject_signal(server, SIGTERM);
	subject_wait_end(server);
	int64_t end_ms = wait_now_ms();
	/* Told once it has five seconds. */
	if (second_ms - first_ms < 2000 && end_ms - first_ms > 4900)
		fail_test(
			"A client that does not read held the server up after "
			"SIGTERM. A second SIGTERM came; it took %lld ms until "
			"the server had ended. It should not have waited for "
			"the client any more.",
			(long long)(end_ms - second_ms));
	for (size_t i = 0; i < count; i++)
		if (proc_state(pids[i]) != 0 && proc_state(pids[i]) != 'Z')
			fail_test("The main process has ended, and worker %d "
			          "has not.",
			          (int)pids[i]);
}
