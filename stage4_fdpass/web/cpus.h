/*
 * cpus.h - how many CPUs this process may use.
 */
#ifndef CPUS_H
#define CPUS_H

/*
 * The CPUs that this process may run on (sched_getaffinity(2)), but no more
 * than its control group has time for (cpu.max, or cpu.cfs_quota_us in version
 * 1: cgroups(7)): a container may see all CPUs of a large machine and be given
 * two. At least 1.
 */
int cpus_count(void);

#endif
