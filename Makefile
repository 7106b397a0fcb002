# The front door. `make` alone says what there is.
# The stages whose exercises and tests are complete: those are graded, and the
# last of them is run. STAGE=4 names another one for this once.
FINISHED = 1 2 3 4

NUMBERS := $(or $(STAGE),$(firstword $(subst ., ,$(EX))),$(FINISHED))
STAGES  := $(foreach n,$(NUMBERS),$(patsubst %/,%,$(wildcard stage$(n)_*/)))
NEWEST  := $(lastword $(STAGES))

ARGS         ?=
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 60

SETUP = @sh tests/tools/setup.sh -q

help:
	@awk '/^## /  { sub(/^## /, ""); print; next } \
	      /^##$$/ { print "" }' Makefile

## Loop to Pool: event-driven web servers in C, in four stages.
##
## To begin with
##   make run        build a server and serve the lessons with it, on
##                   http://127.0.0.1:8000/   (PORT=8001 STAGE=2 ARGS="-v")
##   make test       grade every stage, check the kit itself
##   make setup      install what these two lack (they ask for it by themselves)
##                   FOR=lessons: strace, gdb, ss, what the lessons use
##   make doctor     look at this machine: what needs fixing, what cannot be
##                   checked here
##
## To write the exercises yourself
##   make lab DIR=../my-lab
##                   a folder of your own, in which they are empty; this one
##                   stays as it is
##   make new STAGE=2 DIR=../mine
##                   or a whole server, from an empty file, graded by what it
##                   does: a Makefile and what is asked for
##
## In a stage's folder, such as stage1_select, too
##   make            build the server
##   make test       which exercises are done, what is wrong, what is next
##   make hint EX=1.8  a hint from the lesson, one more each time
##
## To read
##   make diff STAGE=2
##                   what stage 2 changes in stage 1, without the READMEs
##
## For who teaches
##   make handout STAGE=2
##                   one stage for a class, build/handout-stage2.tar.gz
##                   (CARRY=own: without what students bring from stage 1)
##   make grade SUBMISSIONS=dir
##                   a whole class, each in a sandbox, to dir-results: marks,
##                   pages (JOBS=2 STAGE=1; tests/classroom/README.md)
##   make similar SUBMISSIONS=dir
##                   which of them look alike, to dir-results/similar.html:
##                   a reason to read, never evidence (STAGE=1)
##   make gradescope STAGE=1
##                   an autograder for Gradescope, in build/ (WALL=: seconds a
##                   stage may take)
##   make offline    a folder with the kit and all packages that it needs, for
##                   machines like this one without network: build/offline or
##                   OUT (PACKAGES=haproxy: and others)
##   make exam SEED=7 STUDENTS=list.csv
##                   for each student two broken servers and a new contract, in
##                   build/exam-7; the key apart (N=20 for a list; SEEN="3 20":
##                   drills they know)
##   make exam-check SEED=7 SUBMISSIONS=dir
##                   which of them were repaired, and is the contract met?
##
## Deeper
##   make drill      broken servers to debug, with strace, gdb, ss, valgrind:
##                   what each does wrong. N=7 sets one up, in build/drill-7 or
##                   DIR; N=7 CHECK=1 tells whether it is repaired
##   make memcheck   every stage's server under valgrind, its whole life long
##   make fuzz       random requests, then random paths, FUZZ_SECONDS=60 each
##   make soak       every stage's server under all kinds of clients, while its
##                   workers are killed and replaced: does it leak?
##                   SOAK_SECONDS=60 each (STAGE=4 SERVER=path SEED=7)
##   make stubs      does each exercise's empty version compile, and fail as
##                   "not written yet"?
##   make order      exercises 1 to k written and the rest not, for each k: are
##                   they told apart? (STAGE=2; some minutes)
##   make attempts   hundreds of wrong answers and some right ones: does the
##                   grader tell them apart? (STAGE=2 EX=2.4; half an hour)
##   make cluster    two stage 4 servers behind HAProxy, until Ctrl-C; DEMO=1:
##                   one is taken away under load and comes back, by itself
##   make bench      what the lessons claim, measured: tables, and plots in
##                   build/bench (EXPERIMENT=idle SERVER=path/to/your/server)
##
## For who changes the kit
##   make carry      copy files that a later stage takes over forward to it
##   make notes      are the lessons true? excerpts, links, hints, and every
##                   command in them (`make test` leaves the commands out)
##   make pictures   draw the lessons' pictures whose source has changed
##   make check      formatting, warnings of gcc and clang, linters, tests
##                   under sanitizers; with those of the tools that are there
##   make clean      remove what was built
##
## README.md says the rest.

# Not at the servers' own port, 8080: whoever reads the lessons runs servers.
run:
	$(SETUP) run
	@$(MAKE) --no-print-directory -s -C $(NEWEST)
	@sh tests/tools/site.sh
	@echo "$(NEWEST) serves the lessons, from the folder build/site. Open the"
	@echo "address below in a browser; Ctrl-C stops the server."
	@trap : INT; \
	$(NEWEST)/build/server -p $(or $(PORT),8000) -r build/site -x $(ARGS) || { \
		status=$$?; \
		[ $$status -ne 1 ] || \
			echo "If the port is taken, try another: make run PORT=8001"; \
		exit $$status; \
	}

test:
	$(SETUP) test
	@MAKE='$(MAKE)' EX='$(EX)' TEST='$(TEST)' \
		sh tests/tools/test-all.sh $(STAGES)

# diff says 1 when there are differences, and here there are always some.
diff:
	@$(if $(filter 2 3 4,$(STAGE)),,$(error which step? make diff STAGE=2, 3 or 4))
	@diff -ruN -x build -x README.md $(wildcard \
		stage$(shell echo $$(($(STAGE) - 1)))_*) $(STAGES) || [ $$? -ne 2 ]

# DEMO=1: the demonstration; DEMO=crash: the node is killed.
cluster:
	$(SETUP) run
	@$(MAKE) --no-print-directory -s -C stage4_fdpass
	@trap : INT; \
	PORT=$(or $(PORT),8080) sh notes/cluster/cluster.sh $(DEMO:1=demo)

bench:
	$(SETUP) run
	@MAKE='$(MAKE)' SERVER='$(SERVER)' sh tests/bench/bench.sh $(EXPERIMENT)

# Does it measure? With tiny numbers.
bench-test:
	$(SETUP) run
	@MAKE='$(MAKE)' sh tests/bench/test.sh

# All stages have the same web/.
fuzz:
	$(SETUP) test
	@$(MAKE) --no-print-directory -C tests STAGE=$(firstword $(NUMBERS)) \
		FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz

# A stage, or all of them one after the other; SERVER=: a program of your own.
soak:
	$(SETUP) test
	@command -v python3 >/dev/null || { \
		echo "\`make soak\` needs python3: its clients are written in it."; \
		exit 1; \
	}
	@status=0; \
	for stage in $(STAGES); do \
		program='$(SERVER)'; \
		number=$${stage#stage}; \
		[ -n "$$program" ] || { \
			program=$$stage/build/server; \
			$(MAKE) --no-print-directory -s -C $$stage || exit 1; \
		}; \
		python3 -B tests/soak/soak.py $${number%%_*} "$$program" \
			'$(SOAK_SECONDS)' $(SEED) || status=1; \
	done; \
	exit $$status

memcheck stubs attempts:
	$(SETUP) test
	@status=0; \
	for stage in $(STAGES); do \
		number=$${stage#stage}; \
		$(MAKE) --no-print-directory -C tests STAGE=$${number%%_*} $@ || \
			status=$$?; \
	done; \
	exit $$status

order:
	$(SETUP) test
	@MAKE='$(MAKE)' sh tests/tools/order.sh $(NUMBERS)

drill: export DRILL_DIR = $(DIR)
drill:
	@MAKE='$(MAKE)' sh tests/tools/drill.sh \
		$(if $(N),$(if $(CHECK),check,new) '$(N)' "$$DRILL_DIR",list)

lab: export LAB_DIR = $(DIR)
lab:
	@MAKE='$(MAKE)' sh tests/tools/lab.sh new "$$LAB_DIR"

new: export NEW_DIR = $(DIR)
new:
	@sh tests/tools/new.sh '$(STAGE)' "$$NEW_DIR"

handout:
	@CARRY='$(CARRY)' sh tests/tools/lab.sh handout '$(STAGE)'

# What is graded, and with which other words, is said in the environment: paths
# may hold anything. STAGE: those that are handed in.
grade: export GRADE_FOLDER = $(SUBMISSIONS)
grade: export GRADE_OUT = $(OUT)
grade: export GRADE_HOSTS = $(HOSTS)
grade: export GRADE_STUDENTS = $(STUDENTS)
grade:
	$(SETUP) grade
	@[ -n "$$GRADE_FOLDER" ] || { \
		echo "Which folder? make grade SUBMISSIONS=dir" >&2; exit 2; }
	@python3 -B tests/classroom/grade.py "$$GRADE_FOLDER" \
		--stages '$(STAGE)' --jobs '$(or $(JOBS),0)' --out "$$GRADE_OUT" \
		--engine '$(or $(ENGINE),local)' --hosts "$$GRADE_HOSTS" \
		--students "$$GRADE_STUDENTS" $(if $(WALL),--wall '$(WALL)') \
		$(if $(AGAIN),--again)

# It compiles and runs nothing that was handed in.
similar: export GRADE_FOLDER = $(SUBMISSIONS)
similar: export GRADE_OUT = $(OUT)
similar:
	@[ -n "$$GRADE_FOLDER" ] || { \
		echo "Which folder? make similar SUBMISSIONS=dir" >&2; exit 2; }
	@python3 -B tests/classroom/similar.py "$$GRADE_FOLDER" \
		--stages '$(STAGE)' --out "$$GRADE_OUT"

# OUT: another file than the usual one.
gradescope: export GRADE_OUT = $(or $(OUT),build/gradescope-autograder.zip)
gradescope:
	@python3 -B tests/classroom/gradescope.py --stages '$(STAGE)' \
		$(if $(WALL),--wall '$(WALL)') "$$GRADE_OUT"

offline: export OFFLINE_OUT = $(or $(OUT),build/offline)
offline:
	@sh tests/tools/offline.sh "$$OFFLINE_OUT" $(PACKAGES)

exam: export EXAM_STUDENTS = $(STUDENTS)
exam:
	@python3 -B tests/exam/exam.py make '$(SEED)' --seen '$(SEEN)' \
		--students "$$EXAM_STUDENTS" --count '$(or $(N),0)'

exam-check: export EXAM_SUBMISSIONS = $(SUBMISSIONS)
exam-check:
	@python3 -B tests/exam/exam.py check '$(SEED)' "$$EXAM_SUBMISSIONS"

next:
	@sh tests/tools/student.sh next

hint:
	@$(MAKE) --no-print-directory -C tests STAGE=$(firstword $(NUMBERS)) $@

setup:
	@for what in $(or $(FOR),run test); do \
		sh tests/tools/setup.sh $$what || exit; \
	done

doctor:
	@sh tests/tools/doctor.sh

carry:
	@FORCE='$(FORCE)' sh tests/tools/carry.sh copy

check:
	$(SETUP) test
	@MAKE='$(MAKE)' sh tests/tools/check.sh $(STAGES)

notes:
	$(SETUP) test
	@MAKE='$(MAKE)' sh tests/tools/check-notes.sh

pictures:
	@sh tests/tools/pictures.sh

clean:
	@for folder in $(wildcard stage?_*/) tests; do \
		$(MAKE) --no-print-directory -s -C $$folder clean || exit; \
	done
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name 'drill-*' \
		-exec rm -rf {} + && rmdir build 2>/dev/null || :

ifeq ($(NEWEST),)
$(error there is no stage $(STAGE))
endif

.PHONY: help run test diff cluster bench bench-test memcheck fuzz soak stubs \
	attempts order drill lab new handout grade similar gradescope offline exam \
	exam-check next hint setup doctor carry check notes pictures clean
