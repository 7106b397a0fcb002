# Random requests and paths, FUZZ_SECONDS long each, for whoever changes what
# reads them. With clang's libFuzzer; without it the seeds are replayed, which
# is better than nothing, and said.
#
#	make STAGE=1 fuzz FUZZ_SECONDS=60
#
# What breaks a promise is left in build/.../fuzz/: make it a line of a table in
# unit/given_*.c, and a file in fuzz/seeds/.
FUZZ_SECONDS ?= 60
FUZZ          = $(OUT)/fuzz
FUZZ_TARGETS  = http path
FUZZ_CLANG    = clang -g -O1 -fsanitize=fuzzer,address,undefined
FUZZ_REPLAY   = $(CC) -g -O1 -fsanitize=address,undefined fuzz/replay_main.c
FUZZ_SOURCES  = $(FUZZ)/stage/web/http.c $(FUZZ)/stage/web/site.c

# Only what lies in web/ is needed, whatever else a student has written.
fuzz:
	@rm -rf $(FUZZ) && mkdir -p $(FUZZ)
	@folder=$$(cd '$(STAGE_DIR)' && pwd) && ln -sfn "$$folder" $(FUZZ)/stage
	@engine='$(FUZZ_CLANG)' && \
	printf '%s\n' 'int LLVMFuzzerTestOneInput(const char *, unsigned long);' \
		'int LLVMFuzzerTestOneInput(const char *d, unsigned long n)' \
		'{ return (void)d, (void)n, 0; }' >$(FUZZ)/try.c && \
	$$engine -o $(FUZZ)/try $(FUZZ)/try.c 2>/dev/null || { \
		engine='$(FUZZ_REPLAY)'; \
		echo "clang with libFuzzer is not here: only the seeds are tried"; \
	}; \
	passed=0; failed=0; \
	for target in $(FUZZ_TARGETS); do \
		seeds=fuzz/seeds/$$target; \
		arguments="-max_total_time=$(FUZZ_SECONDS) -max_len=9000 \
			-print_final_stats=0 \
			-artifact_prefix=$(FUZZ)/ $(FUZZ)/$$target.new $$seeds"; \
		mkdir -p $(FUZZ)/$$target.new; \
		[ "$$engine" = '$(FUZZ_CLANG)' ] || arguments="$$seeds/*"; \
		echo "fuzz/$${target}_target.c ..."; \
		if $$engine -std=gnu11 -DSTAGE=$(STAGE) -iquote $(FUZZ)/stage \
			-o $(FUZZ)/$$target fuzz/$${target}_target.c \
			$(FUZZ_SOURCES) && \
			$(FUZZ)/$$target $$arguments >$(FUZZ)/$$target.log 2>&1; \
		then \
			grep -E '^Done|inputs:' $(FUZZ)/$$target.log; \
			passed=$$((passed + 1)); \
		else \
			tail -n 40 $(FUZZ)/$$target.log; \
			failed=$$((failed + 1)); \
		fi; \
	done; \
	echo "$$passed passed, $$failed failed"; [ $$failed -eq 0 ]

.PHONY: fuzz
