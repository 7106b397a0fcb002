/*
 * Belief: "I include it only once."
 *
 * What happens: Two headers that include it make it twice.
 *
 * Must fail: header_may_come_twice
 */
#include <stddef.h>
#include <sys/types.h>

enum { FREE, BUSY };

struct workerdata {
	pid_t pid;
	int status;
};

struct workerpool {
	size_t count;
	struct workerdata workers[];
};
