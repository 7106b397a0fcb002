/*
 * workload.h - a bit of everything that clients do, each answer checked.
 *
 * For whoever watches a server from another side than its answers: what does it
 * do when calls fail (faults.c), what does it do with its memory
 * (tests/memcheck/).
 *
 * - workload_prepare() first: it makes the files. Then the parts, in any order
 *   and as often as wanted. Each ends with its clients gone.
 * - Every byte of every answer is checked; the tests fail as in client.h.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "harness/subject.h"

#include <stdbool.h>
#include <stddef.h>

struct workload {
	struct subject *server;
	bool may_be_busy; /* 503 is right for any file, and the connection goes
	                     on: the server may be out of descriptors */
};

enum {
	/* Distinct files that the parts ask for: so many a server may keep
	   open. */
	WORKLOAD_FILES = 12,
	/* With workload_many_files() they are 150 more; no server needs to keep
	   all of them. */
	WORKLOAD_MANY_KEPT = 100,
};

/* Adds the files to the test's root. The second time there is nothing to do. */
void workload_prepare(void);

/* Files of all sizes, GET and HEAD, one after the other on one connection. */
void workload_files(const struct workload *load);
/* The same for a short one of `bytes` bytes only, which is made. */
void workload_short_file(const struct workload *load, size_t bytes);
/* 40 requests in one send. */
void workload_pipeline(const struct workload *load);
/* Parts of files: 206, 416. */
void workload_ranges(const struct workload *load);
/* What the client has already: 304. */
void workload_unchanged(const struct workload *load);
/* What is not there, is not allowed, is a FIFO, or is no request at all. */
void workload_errors(const struct workload *load);
/* A request in single bytes. */
void workload_drip(const struct workload *load);
/* So many clients at once, two requests each. */
void workload_crowd(const struct workload *load, size_t client_count);
/* A client that does not read a large file for a while; meanwhile another. */
void workload_slow(const struct workload *load);
/* Clients that vanish: in a head, in an answer, at once; those who send FIN and
   still want their answer. */
void workload_vanish(const struct workload *load);

/* 150 files, HEAD and then 304: does one stay open each time? */
void workload_many_files(const struct workload *load);

/* All of them once, but the many files. */
void workload_all(const struct workload *load);

/* An answer is in flight, and an idle client is there, when SIGTERM comes: it
   arrives complete, and the server ends. How is the caller's to judge. */
void workload_stop(const struct workload *load);

/* All clients are gone. Fails the test unless the server has closed what was
   theirs: each process has no more sockets open than `before`, from
   workload_descriptors(), and at most so many files in addition. */
struct workload_descriptors {
	size_t sockets;
	size_t others;
};
struct workload_descriptors workload_descriptors(const struct subject *server);
void workload_expect_closed(const struct workload *load,
                            struct workload_descriptors before,
                            size_t files_kept);

#endif
