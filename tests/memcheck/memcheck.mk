# The server under valgrind, its whole life long:
#
#	make STAGE=1 memcheck
#	make STAGE=1 memcheck TEST=memcheck_errors
#	make STAGE=1 memcheck SERVER=path     of any program
MEMCHECK_O = $(patsubst %.c,$(OUT)/%.o,$(wildcard memcheck/*.c)) \
             $(OUT)/faults/meddle.o $(OUT)/faults/workload.o
MEMCHECK_SERVER = $(if $(SERVER),"$$server",$(OUT)/student/build/server)

memcheck:
	@mkdir -p $(OUT)/memcheck/scratch
	$(if $(SERVER),,@folder=$$(cd '$(STAGE_DIR)' && pwd) && \
		ln -sfn "$$folder" $(OUT)/student)
	$(if $(SERVER),,@$(MAKE) --no-print-directory -s -C $(OUT)/student build/server)
	$(AGAIN) --silent $(OUT)/run-memcheck $(OUT)/leash $(SHIMS)
	@$(if $(SERVER),$(FIND_SERVER);) sh memcheck/memcheck.sh $(MEMCHECK_SERVER) \
		'$(if $(SERVER),,$(OUT)/student)' $(OUT)/run-memcheck \
		--table exercises.tsv --scratch $(OUT)/memcheck/scratch \
		--shown $(if $(filter /%,$(OUT)),,../tests/)$(OUT)/memcheck/scratch \
		--test '$(TEST)' --kind system --results $(OUT)/memcheck/result.tsv \
		--jobs '$(or $(JOBS),$(CPUS))'

$(OUT)/run-memcheck: $(MEMCHECK_O) $(HARNESS_O)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcriterion

$(OUT)/memcheck/%.o: memcheck/%.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

.PHONY: memcheck
