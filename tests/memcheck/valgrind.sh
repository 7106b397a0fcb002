#!/bin/sh
# valgrind.sh - stands in for the server and runs it under valgrind.
#
# MEMCHECK_SERVER is the server; each of its processes leaves a log in the
# folder MEMCHECK_LOGS.
exec valgrind --leak-check=full --show-leak-kinds=all --track-fds=yes \
	--error-exitcode=99 --num-callers=20 \
	--log-file="$MEMCHECK_LOGS/valgrind.%p" "$MEMCHECK_SERVER" "$@"
