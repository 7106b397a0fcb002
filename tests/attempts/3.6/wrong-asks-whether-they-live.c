/*
 * Belief: "kill(pid, 0) tells whether a process lives."
 *
 * What happens: It tells whether there is one, and a zombie is one, until
 * somebody waits for it.
 *
 * Must fail: all_that_died_are_reaped
 */
void
supervisor_reap(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->job.table->count; i++) {
		struct seat *seat = &supervisor->seats[i];
		if (seat->worker->pid != 0 && kill(seat->worker->pid, 0) == -1)
			supervisor_note_death(supervisor, seat, 0);
	}
	supervisor_balance(supervisor);
}
