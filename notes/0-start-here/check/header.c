/*
 * header.c - what the header of exercise 0.2 must look like.
 *
 * check.sh compiles it several times, with another CHECK each time. What does
 * not compile is wrong; check.sh says what that means.
 */
#define CHECK_ALONE     1
#define CHECK_TWICE     2
#define CHECK_LINK      3
#define CHECK_CONSTANTS 4
#define CHECK_DATA      5
#define CHECK_POOL      6
#define CHECK_FLEXIBLE  7
#define CHECK_ROOM      8

#include "worker.h"
#if CHECK == CHECK_TWICE
#include "worker.h"
#endif

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define IS(expression, type) _Generic(expression, type : 1, default : 0)
#define FIELD(name, field)   (((struct name *)0)->field)

#if CHECK == CHECK_CONSTANTS
_Static_assert(FREE == 0, "FREE is 0");
_Static_assert(BUSY == 1, "BUSY is 1");
#endif

#if CHECK == CHECK_DATA
_Static_assert(IS(&FIELD(workerdata, pid), pid_t *), "pid is a pid_t");
_Static_assert(IS(&FIELD(workerdata, status), int *), "status is an int");
_Static_assert(offsetof(struct workerdata, pid) == 0, "pid comes first");
_Static_assert(sizeof(struct workerdata) == sizeof(pid_t) + sizeof(int),
               "there are no other fields");
#endif

#if CHECK == CHECK_POOL
_Static_assert(IS(&FIELD(workerpool, count), size_t *), "count is a size_t");
_Static_assert(offsetof(struct workerpool, count) == 0, "count comes first");
_Static_assert(IS(&FIELD(workerpool, workers)[0], struct workerdata *),
               "workers holds struct workerdata");
#endif

#if CHECK == CHECK_FLEXIBLE
_Static_assert(!IS(&FIELD(workerpool, workers), struct workerdata **),
               "workers is no pointer: the workers lie in the struct itself");
_Static_assert(sizeof(struct workerpool) == sizeof(size_t),
               "the workers take no room in sizeof(struct workerpool)");
#endif

#if CHECK == CHECK_LINK
int other(void);

int
other(void)
{
	return 0;
}
#else
int
main(void)
{
#if CHECK == CHECK_ROOM
	const size_t count = 7;
	struct workerpool *pool =
		malloc(sizeof *pool + count * sizeof pool->workers[0]);
	if (pool == NULL)
		return 1;
	pool->count = count;
	for (size_t i = 0; i < count; i++) {
		pool->workers[i].pid = (pid_t)i;
		pool->workers[i].status = FREE;
	}
	char *end = (char *)&pool->workers[count];
	int is_right = end == (char *)pool + sizeof *pool +
	                              count * sizeof pool->workers[0];
	free(pool);
	return is_right ? 0 : 1;
#else
	return 0;
#endif
}
#endif
