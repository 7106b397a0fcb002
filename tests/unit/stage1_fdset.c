/*
 * stage1_fdset.c - exercises 1.4 and 1.5: what select() is asked, and what it
 * answered.
 */
#include "fdset.h"
#include "harness/graded.h"
#include "watchdog.h"

#include <string.h>

/* By descriptor, or NULL. The last one is behind the end. */
static struct event_source *sources[FD_SETSIZE + 1];
static struct event_source memory[FD_SETSIZE];
static fd_set readable, writable;

static void
on_event_too_early(struct event_source *source)
{
	fail_test("The on_event of descriptor %d's source was called. That is "
	          "loop_dispatch()'s: all are marked first.",
	          source->fd);
}

static struct event_source *
add_source(int fd, int wants, int ready)
{
	memory[fd] = (struct event_source){
		.fd = fd,
		.wants = wants,
		.ready = ready,
		.on_event = on_event_too_early,
	};
	list_init(&memory[fd].link);
	sources[fd] = &memory[fd];
	return sources[fd];
}

/* A source's `wants` or `ready` as one would write it. */
static const char *
events_text(int events)
{
	static const char *const names[] = {"EVENT_READ", "EVENT_WRITE",
	                                    "EVENT_HANGUP", "EVENT_EXCLUSIVE"};
	const char *text = "0";

	for (unsigned i = 0; i < 4; i++) {
		if (!(events & 1 << i))
			continue;
		text = text[0] == '0' ? names[i]
		                      : text_print("%s|%s", text, names[i]);
	}
	return text;
}

/* ---- 1.4: fdset_build() ---- */

/* What the sources were like before fdset_build(): it only looks. */
static struct event_source was[FD_SETSIZE];
static struct event_source behind = {.fd = FD_SETSIZE, .wants = EVENT_READ};

static void
expect_unchanged(void)
{
	for (int fd = 0; fd < FD_SETSIZE; fd++) {
		const struct event_source *source = sources[fd];
		if (source == NULL || (source->wants == was[fd].wants &&
		                       source->ready == was[fd].ready))
			continue;
		fail_test("The source of descriptor %d had wants = %s and "
		          "ready = %s. After fdset_build() it has %s and %s. "
		          "What it waits for is its owner's to say, and what "
		          "is ready stays so until it is used up.",
		          fd, events_text(was[fd].wants),
		          events_text(was[fd].ready),
		          events_text(source->wants),
		          events_text(source->ready));
	}
}

/* The sets are emptied before, as if that were not fdset_build()'s job. */
static int
build(void)
{
	FD_ZERO(&readable);
	FD_ZERO(&writable);
	memcpy(was, memory, sizeof was);
	sources[FD_SETSIZE] = &behind;
	watchdog("fdset_build() was called with a few sources and did not "
	         "return. Most of sources[] is NULL: no source there.");
	int fd_count = fdset_build(sources, &readable, &writable);
	watchdog(NULL);
	expect_unchanged();
	if (fd_count > FD_SETSIZE)
		fail_test("fdset_build() returned %d. It has looked at "
		          "sources[%d], which is behind the end: sources[] has "
		          "FD_SETSIZE places, and an fd_set as many bits.",
		          fd_count, FD_SETSIZE);
	return fd_count;
}

/* One set against what the sources want. What is ready already may be in it or
   not. */
static void
expect_set(const fd_set *set, const char *name, int event)
{
	for (int fd = 0; fd < FD_SETSIZE; fd++) {
		const struct event_source *source = sources[fd];
		bool is_in = FD_ISSET(fd, set);
		bool is_wanted = source != NULL && (source->wants & event);

		if (is_in && source == NULL)
			fail_test("After fdset_build() descriptor %d is in "
			          "`%s`, though sources[%d] is NULL: nobody "
			          "asked about it.",
			          fd, name, fd);
		if (is_in && !is_wanted)
			fail_test("The source of descriptor %d has wants = %s. "
			          "After fdset_build() it is in `%s`. Only "
			          "sources that want %s belong there: select() "
			          "would return at once for this one, again "
			          "and again.",
			          fd, events_text(source->wants), name,
			          events_text(event));
		if (!is_in && is_wanted && !(source->ready & event))
			fail_test("The source of descriptor %d has wants = %s "
			          "and ready = %s. After fdset_build() it is "
			          "not in `%s`: nobody would hear when %s "
			          "happens to it.",
			          fd, events_text(source->wants),
			          events_text(source->ready), name,
			          events_text(event));
	}
}

static void
expect_sets(void)
{
	expect_set(&readable, "readable", EVENT_READ);
	expect_set(&writable, "writable", EVENT_WRITE);
}

/* Whatever is in the sets: is this what select() needs to be told? */
static void
expect_fd_count(int fd_count)
{
	int highest = -1;

	for (int fd = 0; fd < FD_SETSIZE; fd++) {
		if (FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable))
			highest = fd;
	}
	if (fd_count != highest + 1 && highest == -1)
		fail_test("fdset_build() made both sets empty and returned %d. "
		          "It should have returned 0.",
		          fd_count);
	if (fd_count != highest + 1)
		fail_test("The highest descriptor that fdset_build() put in a "
		          "set is %d (in `%s`). It returned %d; it should have "
		          "returned %d, that number plus one: the kernel looks "
		          "at the descriptors below it, and at no other.",
		          highest,
		          FD_ISSET(highest, &readable) ? "readable"
		                                       : "writable",
		          fd_count, highest + 1);
}

UNIT(1_04, fdset_build_asks_what_each_source_wants, 2,
     "A source is in `readable` if it wants EVENT_READ, in `writable` if it "
     "wants EVENT_WRITE, and in no other case.")
{
	add_source(3, EVENT_READ, 0);
	add_source(4, EVENT_WRITE, 0);
	add_source(5, EVENT_READ | EVENT_WRITE, 0);
	add_source(6, 0, 0);
	add_source(9, EVENT_READ, 0);
	build();
	expect_sets();
}

UNIT(1_04, fdset_build_empties_the_sets_first, 1,
     "What the sets held before is gone: they are made anew.")
{
	add_source(4, EVENT_READ, 0);
	add_source(7, EVENT_WRITE, 0);
	memset(&readable, 0xff, sizeof readable);
	memset(&writable, 0xff, sizeof writable);
	watchdog("Both sets were full of ones. fdset_build() was called and "
	         "did not return.");
	fdset_build(sources, &readable, &writable);
	watchdog(NULL);
	for (int fd = 0; fd < FD_SETSIZE; fd++) {
		bool is_in_readable = FD_ISSET(fd, &readable);

		if (sources[fd] == NULL &&
		    (is_in_readable || FD_ISSET(fd, &writable)))
			fail_test("Both sets were full of ones, as select() "
			          "may have left them, and the only sources "
			          "are those of descriptors 4 and 7. After "
			          "fdset_build() descriptor %d is still in "
			          "`%s`. Make both sets empty before filling "
			          "them.",
			          fd, is_in_readable ? "readable" : "writable");
	}
	if (!FD_ISSET(4, &readable) || !FD_ISSET(7, &writable))
		fail_test("The source of descriptor 4 wants EVENT_READ, that "
		          "of 7 EVENT_WRITE. After fdset_build() one of them "
		          "is not in its set.");

	memset(sources, 0, sizeof sources);
	int fd_count = fdset_build(sources, &readable, &writable);
	if (fd_count != 0 || FD_ISSET(4, &readable) || FD_ISSET(7, &writable))
		fail_test("The two sources were removed, and fdset_build() was "
		          "called again. It returned %d, and the sets are %s. "
		          "It should have returned 0, with both sets empty.",
		          fd_count,
		          FD_ISSET(4, &readable) || FD_ISSET(7, &writable)
		                  ? "as before"
		                  : "empty");
}

UNIT(1_04, fdset_build_returns_highest_plus_one, 1,
     "The highest descriptor in either set plus one is returned: no count, and "
     "not of one set only.")
{
	static const struct {
		int fd[2];
		int wants[2];
		int expected;
	} cases[] = {
		{{4, 7}, {EVENT_READ, EVENT_READ}, 8},
		{{5, 900}, {EVENT_READ, EVENT_WRITE}, 901},
		{{6, 600}, {EVENT_WRITE, EVENT_READ}, 601},
		{{8, 300}, {EVENT_READ, 0}, 9},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(sources, 0, sizeof sources);
		for (int j = 0; j < 2; j++)
			add_source(cases[i].fd[j], cases[i].wants[j], 0);
		int fd_count = build();
		if (fd_count != cases[i].expected)
			fail_test(
				"The source of descriptor %d has wants = %s, "
				"that of %d has wants = %s, and there is no "
				"other. fdset_build() returned %d. It should "
				"have returned %d, the highest descriptor in "
				"either set plus one: the kernel looks at "
				"the descriptors below it, and at no other.",
				cases[i].fd[0], events_text(cases[i].wants[0]),
				cases[i].fd[1], events_text(cases[i].wants[1]),
				fd_count, cases[i].expected);
	}
}

UNIT(1_04, fdset_build_of_nothing_is_zero, 1,
     "Where nobody wants anything both sets are empty and 0 is returned.")
{
	int fd_count = build();

	expect_sets();
	if (fd_count != 0)
		fail_test("There was no source at all. fdset_build() returned "
		          "%d. It should have returned 0: there is no highest "
		          "descriptor.",
		          fd_count);
	add_source(5, 0, 0);
	add_source(6, EVENT_EXCLUSIVE, 0);
	fd_count = build();
	expect_sets();
	if (fd_count != 0)
		fail_test("There were two sources, and none of them wants "
		          "EVENT_READ or EVENT_WRITE. fdset_build() returned "
		          "%d. It should have returned 0: both sets are empty.",
		          fd_count);
}

UNIT(1_04, fdset_build_knows_all_descriptors_and_bits, 1,
     "Descriptors 0 and 1023 count like any other, and so does each bit of "
     "`wants` and `ready` by itself.")
{
	int fd_count;

	add_source(0, EVENT_READ, 0);
	fd_count = build();
	expect_sets();
	expect_fd_count(fd_count);

	add_source(FD_SETSIZE - 1, EVENT_WRITE, 0);
	fd_count = build();
	expect_sets();
	expect_fd_count(fd_count);

	/* One event has happened, the other one is still waited for. */
	add_source(10, EVENT_READ | EVENT_WRITE, EVENT_READ);
	add_source(11, EVENT_READ | EVENT_WRITE, EVENT_WRITE);
	add_source(12, EVENT_WRITE, EVENT_READ);
	add_source(13, EVENT_READ, EVENT_WRITE);
	add_source(14, EVENT_READ, EVENT_HANGUP);
	add_source(15, EVENT_READ | EVENT_EXCLUSIVE, 0);
	fd_count = build();
	expect_sets();
	expect_fd_count(fd_count);

	/* The highest is ready already. */
	add_source(FD_SETSIZE - 1, EVENT_WRITE, EVENT_WRITE);
	fd_count = build();
	expect_sets();
	expect_fd_count(fd_count);
}

/* ---- 1.5: fdset_mark() ---- */

static struct list ready_list;

static void
mark(int fd_count)
{
	watchdog("select() reported a few descriptors. fdset_mark() was called "
	         "and did not return. (sources[fd] may be NULL.)");
	fdset_mark(sources, fd_count, &readable, &writable, &ready_list);
	watchdog(NULL);
}

static void
begin_mark(void)
{
	FD_ZERO(&readable);
	FD_ZERO(&writable);
	list_init(&ready_list);
}

static void
expect_ready(int fd, int before, int expected)
{
	const char *where = "neither set";

	if (FD_ISSET(fd, &readable))
		where = FD_ISSET(fd, &writable) ? "both sets" : "`readable`";
	else if (FD_ISSET(fd, &writable))
		where = "`writable`";
	if (memory[fd].ready != expected)
		fail_test("Descriptor %d was in %s, and its source's `ready` "
		          "was %s. After fdset_mark() it is %s. It should be "
		          "%s.",
		          fd, where, events_text(before),
		          events_text(memory[fd].ready), events_text(expected));
}

/* The descriptors of the sources in a list, in order: "9, 4, 5". */
static const char *
list_text(const struct list *list)
{
	const char *text = "";
	int count = 0;

	for (const struct list *link = list->next; link != list;
	     link = link->next) {
		const struct event_source *source =
			LIST_ITEM(link, struct event_source, link);
		if (link == NULL || link->next == NULL || ++count > 10)
			return text_print("%s, and so on: it is no ring any "
			                  "more",
			                  text);
		text = text_print(count == 1 ? "%s%d" : "%s, %d", text,
		                  source->fd);
	}
	return count == 0 ? "nothing" : text;
}

static bool
is_in_list(const struct list *list, int fd)
{
	int count = 0;

	for (const struct list *link = list->next; link != list;
	     link = link->next) {
		if (link == &memory[fd].link)
			return true;
		if (++count > 10)
			break;
	}
	return false;
}

UNIT(1_05, fdset_mark_notes_what_select_reported, 2,
     "A source in `readable` becomes ready for EVENT_READ, one in `writable` "
     "for EVENT_WRITE, and each of them is put into the ready list.")
{
	begin_mark();
	for (int fd = 3; fd <= 7; fd++)
		add_source(fd, EVENT_READ | EVENT_WRITE, 0);
	FD_SET(3, &readable);
	FD_SET(4, &writable);
	FD_SET(6, &readable);
	FD_SET(6, &writable);
	mark(8);
	expect_ready(3, 0, EVENT_READ);
	expect_ready(4, 0, EVENT_WRITE);
	expect_ready(5, 0, 0);
	expect_ready(6, 0, EVENT_READ | EVENT_WRITE);
	expect_ready(7, 0, 0);
	for (int fd = 3; fd <= 7; fd++) {
		bool happened = fd == 3 || fd == 4 || fd == 6;
		if (is_in_list(&ready_list, fd) != happened)
			fail_test("select() reported descriptors 3, 4 and 6. "
			          "After fdset_mark() the ready list holds %s. "
			          "Descriptor %d should %s.",
			          list_text(&ready_list), fd,
			          happened ? "be in it: its handler is to run"
			                   : "not be in it: nothing has "
			                     "happened to it");
	}
}

UNIT(1_05, fdset_mark_keeps_what_was_ready, 1,
     "What was ready before and is not used up stays ready.")
{
	begin_mark();
	add_source(3, EVENT_READ | EVENT_WRITE, EVENT_WRITE);
	add_source(4, EVENT_READ, EVENT_HANGUP);
	add_source(5, EVENT_READ, EVENT_READ | EVENT_WRITE);
	add_source(6, EVENT_READ, EVENT_READ);
	FD_SET(3, &readable);
	FD_SET(4, &readable);
	FD_SET(6, &readable);
	mark(7);
	expect_ready(3, EVENT_WRITE, EVENT_READ | EVENT_WRITE);
	expect_ready(4, EVENT_HANGUP, EVENT_READ | EVENT_HANGUP);
	expect_ready(5, EVENT_READ | EVENT_WRITE, EVENT_READ | EVENT_WRITE);
	expect_ready(6, EVENT_READ, EVENT_READ);
	for (int fd = 3; fd <= 6; fd++)
		if (fd != 5 && !is_in_list(&ready_list, fd))
			fail_test("Descriptor %d was in `readable`. Its "
			          "source's `ready` was not empty before, but "
			          "it was in no list. After fdset_mark() it is "
			          "in none, either. Each source that is in one "
			          "of the sets belongs into the ready list.",
			          fd);
}

UNIT(1_05, fdset_mark_links_a_source_once_and_last, 1,
     "A source goes to the end of the ready list, unless it is in a list "
     "already: then it stays where it is.")
{
	struct list other_list;

	begin_mark();
	list_init(&other_list);
	for (int fd = 3; fd <= 9; fd++)
		add_source(fd, EVENT_READ | EVENT_WRITE, 0);
	list_add_last(&ready_list, &memory[9].link);
	list_add_last(&ready_list, &memory[4].link);
	list_add_last(&ready_list, &memory[8].link);
	list_add_last(&other_list, &memory[3].link);
	for (int fd = 3; fd <= 5; fd++) {
		FD_SET(fd, &readable);
		FD_SET(fd, &writable);
	}
	mark(10);
	if (strcmp(list_text(&ready_list), "9, 4, 8, 5") != 0)
		fail_test("Descriptors 9, 4 and 8 were in the ready list "
		          "already, 3 was in another list, 5 in none. "
		          "select() reported 3, 4 and 5, readable and writable "
		          "each. After fdset_mark() the ready list holds %s. "
		          "It should hold 9, 4, 8, 5: only 5 is new, and comes "
		          "last. list_add_last() of a link that is in a list "
		          "tears that list apart.",
		          list_text(&ready_list));
	if (strcmp(list_text(&other_list), "3") != 0)
		fail_test("The source of descriptor 3 was in a list of its own "
		          "and in no other. After fdset_mark() that list holds "
		          "%s. It should be as it was: whoever is in a list "
		          "already stays there.",
		          list_text(&other_list));
	expect_ready(3, 0, EVENT_READ | EVENT_WRITE);
	expect_ready(4, 0, EVENT_READ | EVENT_WRITE);
}

UNIT(1_05, fdset_mark_leaves_others_alone, 1,
     "Descriptors from fd_count on, and those without a source, are passed "
     "over.")
{
	begin_mark();
	add_source(0, EVENT_READ, 0);
	add_source(3, EVENT_READ, 0);
	add_source(10, EVENT_READ, 0);
	add_source(11, EVENT_WRITE, 0);
	FD_SET(0, &readable);
	FD_SET(3, &readable);
	FD_SET(4, &readable); /* nobody's */
	FD_SET(5, &writable);
	FD_SET(10, &readable);
	FD_SET(11, &writable);
	mark(10);
	for (int fd = 10; fd <= 11; fd++) {
		if (memory[fd].ready != 0 || is_in_list(&ready_list, fd))
			fail_test("fdset_mark() was called with fd_count = 10, "
			          "and the bits of descriptors 10 and 11 were "
			          "set. It marked %d. select() says nothing "
			          "about descriptors from fd_count on: their "
			          "bits mean nothing.",
			          fd);
	}
	expect_ready(0, 0, EVENT_READ);
	expect_ready(3, 0, EVENT_READ);

	begin_mark();
	add_source(69, EVENT_READ, 0);
	FD_SET(69, &readable);
	mark(70);
	expect_ready(69, 0, EVENT_READ);

	begin_mark();
	add_source(FD_SETSIZE - 1, EVENT_WRITE, 0);
	FD_SET(FD_SETSIZE - 1, &writable);
	mark(FD_SETSIZE);
	expect_ready(FD_SETSIZE - 1, 0, EVENT_WRITE);
}
