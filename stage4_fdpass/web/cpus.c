/*
 * cpus.c - how many CPUs this process may use.
 */
#define _GNU_SOURCE /* sched_getaffinity() */
#include "cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
allowed_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return CPU_COUNT(&set);
	long online = sysconf(_SC_NPROCESSORS_ONLN); /* over 1,024 of them */
	return online < 1 ? 1 : (int)online;
}

/* Reads up to two numbers from a file. "max" and what cannot be read are no
   numbers. Returns how many there are. */
static int
read_numbers(const char *folder, const char *name, long numbers[2])
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	int count = fscanf(file, "%ld %ld", &numbers[0], &numbers[1]);
	fclose(file);
	return count < 0 ? 0 : count;
}

/* The CPUs that a control group has time for, rounded up; INT_MAX: no limit. */
static int
group_cpus(const char *folder)
{
	long numbers[2], period[2];
	long quota = -1, period_us = 0;

	if (read_numbers(folder, "cpu.max", numbers) == 2) {
		quota = numbers[0];
		period_us = numbers[1];
	} else if (read_numbers(folder, "cpu.cfs_quota_us", numbers) == 1 &&
	           read_numbers(folder, "cpu.cfs_period_us", period) == 1) {
		quota = numbers[0];
		period_us = period[0];
	}
	if (quota <= 0 || period_us <= 0)
		return INT_MAX;
	return (int)((quota + period_us - 1) / period_us);
}

/* The strictest limit from this folder up to where control groups begin. */
static int
strictest_cpus(char *folder, size_t root_bytes)
{
	int strictest = INT_MAX;

	for (;;) {
		int cpus = group_cpus(folder);
		if (cpus < strictest)
			strictest = cpus;
		char *slash = strrchr(folder, '/');
		if (slash == NULL || (size_t)(slash - folder) < root_bytes)
			return strictest;
		*slash = '\0';
	}
}

/* Of a line of /proc/self/cgroup, "4:cpu,cpuacct:/path" or "0::/path": where
   the group's files are, if it is one that can limit the CPU. */
static int
line_cpus(char *line)
{
	static const char version_1[] = "/sys/fs/cgroup/cpu";
	static const char version_2[] = "/sys/fs/cgroup";
	char folder[PATH_MAX];

	line[strcspn(line, "\n")] = '\0';
	char *controllers = strchr(line, ':');
	char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
	if (path == NULL)
		return INT_MAX;
	*path++ = '\0';
	controllers++;
	if (*controllers != '\0' && strstr(controllers, "cpu") == NULL)
		return INT_MAX;
	const char *root = *controllers == '\0' ? version_2 : version_1;
	snprintf(folder, sizeof folder, "%s%s", root, path);
	return strictest_cpus(folder, strlen(root));
}

static int
cgroup_cpus(void)
{
	char line[PATH_MAX];
	int strictest = INT_MAX;

	FILE *file = fopen("/proc/self/cgroup", "re");
	if (file == NULL)
		return INT_MAX;
	while (fgets(line, sizeof line, file) != NULL) {
		int cpus = line_cpus(line);
		if (cpus < strictest)
			strictest = cpus;
	}
	fclose(file);
	return strictest;
}

int
cpus_count(void)
{
	int allowed = allowed_cpus();
	int cgroup = cgroup_cpus();

	return cgroup < allowed ? cgroup : allowed;
}
