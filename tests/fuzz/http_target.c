/*
 * http_target.c - whatever bytes come, web/http.c keeps its promises.
 *
 * A target for libFuzzer: clang -fsanitize=fuzzer,address,undefined. It takes
 * the input for a head, a path, a date, a range and a list of tags, each in
 * memory of exactly its size, and aborts if a promise of http.h is broken.
 * Without libFuzzer, replay_main.c runs it over files.
 */
#define _GNU_SOURCE
#include "web/http.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define CHECK(promise)                                                         \
	do {                                                                   \
		if (!(promise)) {                                              \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__,       \
			        __LINE__, #promise);                           \
			abort();                                               \
		}                                                              \
	} while (0)

/* A copy that has no byte more, so that reading further is noticed. */
static char *
copy_exactly(const void *data, size_t bytes)
{
	char *copy = malloc(bytes > 0 ? bytes : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, bytes);
	return copy;
}

static int
parse_copy(struct http_request *request, const uint8_t *data, size_t bytes)
{
	char *head = copy_exactly(data, bytes);
	int status = http_parse(request, head, bytes);

	free(head);
	return status;
}

static void
check_slice(struct http_slice slice, size_t head_bytes)
{
	CHECK(slice.bytes <= head_bytes);
	CHECK(slice.bytes == 0 || slice.offset <= head_bytes - slice.bytes);
}

static void
check_slices(const struct http_request *request)
{
	check_slice(request->method_name, request->read_bytes);
	check_slice(request->target, request->read_bytes);
	check_slice(request->path, request->read_bytes);
	check_slice(request->query, request->read_bytes);
	check_slice(request->if_none_match, request->read_bytes);
	check_slice(request->if_modified_since, request->read_bytes);
	check_slice(request->range, request->read_bytes);
}

static bool
is_same_slice(struct http_slice a, struct http_slice b)
{
	return a.bytes == b.bytes && (a.bytes == 0 || a.offset == b.offset);
}

static void
check_same(const struct http_request *a, const struct http_request *b)
{
	CHECK(a->read_bytes == b->read_bytes);
	CHECK(a->method == b->method);
	CHECK(is_same_slice(a->target, b->target));
	CHECK(is_same_slice(a->path, b->path));
	CHECK(is_same_slice(a->query, b->query));
	CHECK(is_same_slice(a->if_none_match, b->if_none_match));
	CHECK(is_same_slice(a->if_modified_since, b->if_modified_since));
	CHECK(is_same_slice(a->range, b->range));
	CHECK(a->has_if_range == b->has_if_range);
	CHECK(a->ends_here == b->ends_here);
	CHECK(a->keeps_alive == b->keeps_alive);
}

static void
check_status(const struct http_request *request, int status, size_t bytes)
{
	static const int known[] = {0, 200, 400, 405, 413, 414, 431, 501, 505};
	bool is_known = false;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		is_known |= status == known[i];
	CHECK(is_known);
	CHECK(request->read_bytes <= bytes);
	CHECK(request->read_bytes <= HTTP_HEAD_MAX);
	CHECK(status != 0 || request->read_bytes < HTTP_HEAD_MAX);
	CHECK(status != 0 || request->read_bytes == bytes);
	CHECK(request->ends_here || !request->keeps_alive);
	CHECK(!request->ends_here || status == 200 || status == 405 ||
	      status == 501);
	CHECK(status != 200 || request->ends_here);
}

/* A path that was accepted cannot lead out, nor to a hidden name. */
static void
check_path(const uint8_t *data, size_t bytes, size_t path_size)
{
	char *encoded = copy_exactly(data, bytes);
	char *path = malloc(path_size);
	bool is_folder = false;
	int status =
		http_decode_path(encoded, bytes, path, path_size, &is_folder);

	CHECK(status == 0 || status == 400 || status == 404);
	if (status == 0) {
		CHECK(strnlen(path, path_size) < path_size);
		CHECK(path[0] != '/' && path[0] != '.');
		CHECK(strstr(path, "//") == NULL && strstr(path, "/.") == NULL);
		CHECK(path[0] == '\0' || path[strlen(path) - 1] != '/');
		CHECK(path[0] != '\0' || is_folder);
	}
	free(path);
	free(encoded);
}

/* What a path is encoded to is decoded to the same. */
static void
check_path_again(const uint8_t *data, size_t bytes)
{
	char *path = malloc(bytes + 1);
	char *again = malloc(bytes + 1);
	char *encoded = malloc(bytes * 3 + 1);
	struct http_text text = {.bytes = encoded, .size = bytes * 3};
	bool is_folder;

	if (http_decode_path((const char *)data, bytes, path, bytes + 1,
	                     &is_folder) == 0) {
		http_add_path(&text, path);
		CHECK(!text.is_full);
		CHECK(memchr(encoded, '\r', text.used) == NULL);
		CHECK(memchr(encoded, '\n', text.used) == NULL);
		CHECK(http_decode_path(encoded, text.used, again, bytes + 1,
		                       &is_folder) == 0);
		CHECK(strcmp(path, again) == 0);
	}
	free(encoded);
	free(again);
	free(path);
}

static void
check_head(const uint8_t *data, size_t bytes)
{
	struct http_request at_once, dripped, halves;
	size_t half = bytes == 0 ? 0 : (bytes * 31 + data[0]) % bytes;
	int status, again = 0;

	http_begin(&at_once);
	status = parse_copy(&at_once, data, bytes);
	check_status(&at_once, status, bytes);
	check_slices(&at_once);

	http_begin(&dripped);
	for (size_t have = 0; again == 0 && have <= bytes; have++)
		again = http_parse(&dripped, (const char *)data, have);
	CHECK(again == status);
	check_same(&at_once, &dripped);

	http_begin(&halves);
	again = parse_copy(&halves, data, half);
	if (again == 0)
		again = parse_copy(&halves, data, bytes);
	CHECK(again == status);
	check_same(&at_once, &halves);

	if (status == 200)
		check_path(data + at_once.path.offset, at_once.path.bytes,
		           HTTP_HEAD_MAX);
}

static void
check_date(const uint8_t *data, size_t bytes)
{
	char *text = copy_exactly(data, bytes);
	char written[HTTP_DATE_BYTES];
	time_t when = -1, again = -1;

	if (http_parse_date(text, bytes, &when)) {
		http_format_date(written, when);
		CHECK(http_parse_date(written, strlen(written), &again));
		CHECK(when == again && when >= 0);
		CHECK(bytes != strlen(written) ||
		      memcmp(text, written, bytes) == 0);
	}
	if (bytes >= sizeof when) {
		memcpy(&when, text, sizeof when);
		http_format_date(written, when);
		CHECK(strlen(written) == HTTP_DATE_BYTES - 1);
		CHECK(http_parse_date(written, strlen(written), &again));
	}
	free(text);
}

static void
check_range(const uint8_t *data, size_t bytes, int64_t size)
{
	char *text = copy_exactly(data, bytes);
	int64_t offset = -1, part = -1;
	enum http_range range =
		http_parse_range(text, bytes, size, &offset, &part);

	if (range == HTTP_RANGE_PART) {
		CHECK(offset >= 0 && part > 0);
		CHECK(offset < size && part <= size - offset);
	}
	free(text);
}

static void
check_tags(const uint8_t *data, size_t bytes)
{
	char *list = copy_exactly(data, bytes);

	(void)http_etag_matches(list, bytes, "\"4-5\"");
	free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	check_head(data, bytes);
	check_path(data, bytes, bytes + 1);
	check_path(data, bytes, 1 + bytes / 2);
	check_path_again(data, bytes);
	check_date(data, bytes);
	check_range(data, bytes, 0);
	check_range(data, bytes, 1000);
	check_range(data, bytes, INT64_MAX);
	check_tags(data, bytes);
	return 0;
}
