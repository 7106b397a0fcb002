/*
 * What was is remembered first; then everything is given back.
 */
static void
forget_news(struct supervisor *supervisor, struct event_source *news)
{
	if (news->fd < 0)
		return;
	loop_remove(supervisor->loop, news);
	close(news->fd);
	*news = (struct event_source){.fd = -1};
}

void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	bool died_young = seat->worker->status == WORKER_STARTING;

	report_death(seat->worker, wait_status);
	if (supervisor->on_worker_end)
		supervisor->on_worker_end(supervisor, seat);
	seat->worker->pid = 0;
	seat->worker->status = WORKER_DEAD;
	forget_news(supervisor, &seat->news);
	if (died_young)
		begin_backoff(supervisor);
}
