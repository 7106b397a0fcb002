/*
 * http_ranges.c - a part of a file: RFC 9110, chapter 14.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "http_ask.h"

#include <stdio.h>
#include <string.h>

#define CORE "1.1-1.8"

/* Of a file of `size` bytes. What is 200 is not understood, or not for us, and
   gets everything. */
struct range_case {
	const char *range;
	int status;
	size_t first, last; /* with 206 */
};

static void
check_case(struct subject *server, const struct range_case *c, size_t size)
{
	struct response *response =
		ask_once(server, "GET", "/file.bin",
	                 text_print("Range: %s\r\n", c->range));

	if (response->status != c->status)
		fail_test("Of a file of %zu bytes, \"Range: %s\" was answered "
		          "with %d; it should be %d. %s",
		          size, c->range, response->status, c->status,
		          client_story(response->client));
	switch (c->status) {
	case 200:
		expect_field(response, "Content-Range", NULL);
		expect_body_pattern(response, 0, size, 3);
		break;
	case 206:
		expect_field(response, "Content-Range",
		             text_print("bytes %zu-%zu/%zu", c->first, c->last,
		                        size));
		expect_body_pattern(response, c->first, c->last + 1 - c->first,
		                    3);
		break;
	default:
		expect_field(response, "Content-Range",
		             text_print("bytes */%zu", size));
	}
}

static struct subject *
start_with_file(size_t size)
{
	root_pattern("file.bin", size, 3);
	return subject_start(NULL);
}

static const struct range_case short_cases[] = {
	{"bytes=0-0", 206, 0, 0},
	{"bytes=999-999", 206, 999, 999},
	{"bytes=100-199", 206, 100, 199},
	{"bytes=0-999", 206, 0, 999},
	{"bytes=0-", 206, 0, 999},
	{"bytes=990-", 206, 990, 999},
	{"bytes=990-5000", 206, 990, 999},
	{"bytes=0-99999999999999999999", 206, 0, 999},
	{"bytes=-1", 206, 999, 999},
	{"bytes=-1000", 206, 0, 999},
	{"bytes=-5000", 206, 0, 999},
	{"Bytes=5-6", 206, 5, 6},
	{"bytes=1000-", 416, 0, 0},
	{"bytes=1000-1000", 416, 0, 0},
	{"bytes=5000-6000", 416, 0, 0},
	{"bytes=99999999999999999999-", 416, 0, 0},
	{"bytes=-0", 416, 0, 0},
	{"bytes=0-0,5-6", 200, 0, 0},
	{"bytes=5-4", 200, 0, 0},
	{"bytes=", 200, 0, 0},
	{"bytes", 200, 0, 0},
	{"bytes=-", 200, 0, 0},
	{"bytes=--5", 200, 0, 0},
	{"bytes=a-b", 200, 0, 0},
	{"bytes=1-2-3", 200, 0, 0},
	{"bytes=0x1-2", 200, 0, 0},
	{"bytes=+1-2", 200, 0, 0},
	{"bytes=1 -2", 200, 0, 0},
	{"lines=0-5", 200, 0, 0},
	{"0-5", 200, 0, 0},
};

CONTRACT(ranges_of_a_short_file, CORE,
         "One range of bytes gets just these, one behind the end 416, and what "
         "is no range of bytes the whole file.")
{
	struct subject *server = start_with_file(1000);

	for (size_t i = 0; i < sizeof(short_cases) / sizeof(*short_cases); i++)
		check_case(server, short_cases + i, 1000);
}

static const struct range_case long_cases[] = {
	{"bytes=0-0", 206, 0, 0},
	{"bytes=4095-4096", 206, 4095, 4096},
	{"bytes=99999-", 206, 99999, 99999},
	{"bytes=1234-91234", 206, 1234, 91234},
	{"bytes=-50000", 206, 50000, 99999},
	{"bytes=100000-", 416, 0, 0},
	{"bytes=0-1,3-4", 200, 0, 0},
};

CONTRACT(ranges_of_a_long_file, CORE ", 1.9",
         "A range of a long file begins and ends at the right byte.")
{
	struct subject *server = start_with_file(100 * 1000);

	for (size_t i = 0; i < sizeof(long_cases) / sizeof(*long_cases); i++)
		check_case(server, long_cases + i, 100 * 1000);
}

/* A file of zeros up to this size, with these bytes at its end. */
static void
make_huge_file(const char *name, off_t size, const char *last_bytes)
{
	FILE *file;

	root_sparse(name, size);
	file = fopen(root_file_path(name), "r+e");
	if (file == NULL ||
	    fseeko(file, size - (off_t)strlen(last_bytes), SEEK_SET) == -1 ||
	    fputs(last_bytes, file) == EOF || fclose(file) == EOF)
		fail_test("%s: the test itself is broken", name);
}

CONTRACT(range_beyond_4_gib, CORE ", 1.9",
         "A range at the end of a file of 5 GiB is found.")
{
	struct response *response;

	make_huge_file("huge.bin", (off_t)5 << 30, "0123456789");
	response = ask_once(subject_start(NULL), "GET", "/huge.bin",
	                    "Range: bytes=5368709110-\r\n");
	expect_status(response, 206);
	expect_field(response, "Content-Range",
	             "bytes 5368709110-5368709119/5368709120");
	expect_body(response, "0123456789");
}

CONTRACT(range_of_an_empty_file, CORE,
         "Nothing can be a part of an empty file: 416.")
{
	struct subject *server = start_with_file(0);
	struct response *response;

	check_case(server, &(struct range_case){"bytes=0-0", 416, 0, 0}, 0);
	/* All of its last 5 bytes: nothing, or not possible. */
	response = ask_once(server, "GET", "/file.bin", "Range: bytes=-5\r\n");
	if (response->status != 416)
		expect_status(response, 200);
}

CONTRACT(if_range_gets_everything, CORE,
         "A range that is wanted only of a certain version (If-Range) gets the "
         "whole file.")
{
	struct subject *server = start_with_file(1000);
	const char *tag = response_field(get_once(server, "/file.bin"), "ETag");
	const char *versions[] = {tag, "\"another\"",
	                          "Sun, 06 Nov 1994 08:49:37 GMT"};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		struct response *response = ask_once(
			server, "GET", "/file.bin",
			text_print("Range: bytes=5-9\r\nIf-Range: %s\r\n",
		                   versions[i]));

		expect_status(response, 200);
		expect_body_pattern(response, 0, 1000, 3);
	}
}

CONTRACT(range_of_head, CORE,
         "HEAD with a Range is answered as without one: ranges are for GET.")
{
	struct response *response =
		ask_once(start_with_file(1000), "HEAD", "/file.bin",
	                 "Range: bytes=5-9\r\n");

	expect_status(response, 200);
	expect_field(response, "Content-Length", "1000");
}

CONTRACT(whole_file_after_a_range, "1.1-1.10",
         "After a part, the next answer on the same connection is right.")
{
	struct client *client = client_connect(start_with_file(100 * 1000));
	struct response *response;

	client_request(client, "GET", "/file.bin", "Range: bytes=70-89\r\n");
	client_request(client, "GET", "/file.bin",
	               "Range: bytes=20000-29999\r\n");
	client_request(client, "GET", "/file.bin", "Range: bytes=100000-\r\n");
	client_request(client, "GET", "/hello.txt", "");
	expect_body_pattern(client_receive(client), 70, 20, 3);
	expect_body_pattern(client_receive(client), 20000, 10000, 3);
	response = client_receive(client);
	expect_status(response, 416);
	if (response_field(response, "Connection") != NULL)
		return; /* it may end here */
	expect_body(client_receive(client), ROOT_HELLO);
}
