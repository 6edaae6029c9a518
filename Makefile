# ssm_fdw: build, install and test.  "make help" lists the targets.
#
# Building and installing are PGXS's, as in any extension:
#     make && sudo make install && make installcheck
# PG_CONFIG names another PostgreSQL; WERROR=1 makes warnings errors; COPT adds
# compiler flags.  demo, test and the other targets listed by "make help" need
# neither an installed extension nor, to begin with, an installed PostgreSQL.

EXTENSION = ssm_fdw
MODULE_big = ssm_fdw
DATA = $(wildcard sql/ssm_fdw--*.sql)
ENGINE = $(foreach room,base aws ssm,$(wildcard src/$(room)/*.c src/$(room)/*/*.c))
OBJS = $(patsubst %.c,%.o,$(ENGINE) $(wildcard src/fdw/*.c src/fdw/*/*.c))
LIBRARIES = -lcurl -lcrypto -ljansson -lm
SHLIB_LINK = $(LIBRARIES)

# PostgreSQL 15 exports every symbol unless told otherwise; 16 and later do as
# this does.  Only what is marked PGDLLEXPORT is to be seen.
PG_CPPFLAGS = -Isrc -MMD -MP -fvisibility=hidden \
	'-DPGDLLEXPORT=__attribute__((visibility("default")))'
# 19's headers use what its compiler knows without a -std.
PG_CFLAGS = $(if $(filter 15 16 17 18,$(MAJORVERSION)),-std=gnu11) $(if $(WERROR),$(STRICT))

# FDW callbacks have signatures of their own, so an unused parameter is no fault;
# nor is a table's row that leaves out its last members, which are zero.  clang
# does not know all flags that PostgreSQL was configured with.
LENIENT = -Wno-unused-parameter -Wno-missing-field-initializers
STRICT = -Wall -Wextra -Werror $(LENIENT) $(if $(findstring clang,$(CC)), \
	-Wno-unknown-warning-option -Wno-ignored-optimization-argument)

REGRESS = $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql))
REGRESS_OPTS = --inputdir=test --outputdir=. --load-extension=ssm_fdw \
	--launcher=test/mock/run
ENCODING = UTF8
NO_LOCALE = 1
# The longest go first, so that none is left to run alone at the end.
LONGEST_TESTS = $(wildcard $(patsubst %,test/t/%.pl,leaks cancel retries service_faults \
	server_credentials shared_sessions scan_lifecycle id_lists who_refused))
PROVE_TESTS = $(LONGEST_TESTS) $(filter-out $(LONGEST_TESTS),$(wildcard test/t/*.pl))
TAP_TESTS = $(if $(PROVE_TESTS),1)

DIST = ssm_fdw-$(shell sed -n 's/^   "version": "\(.*\)",$$/\1/p' META.json)

LEFTOVERS = build tmp_install tmp_regress tmp_check results regression.diffs \
	regression.out log $(OBJS:.o=.d)
EXTRA_CLEAN = $(LEFTOVERS)

PG_CONFIG ?= pg_config
export PG_CONFIG

# The targets that "make help" lists are ours and start without PostgreSQL: its
# makefiles are read only for other goals.
OURS := unit-programs $(shell awk -F: '/^[a-z-]+:.*\043\043 / { print $$1 }' $(firstword $(MAKEFILE_LIST)))
GOALS = $(filter-out $(OURS),$(or $(MAKECMDGOALS),all))

.PHONY: all $(OURS)
all:

ifneq ($(GOALS),)
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifeq ($(PGXS),)
all install installcheck uninstall:
	@echo "no PostgreSQL to build with: '$(PG_CONFIG) --pgxs' names no file." >&2
	@echo "Install your PostgreSQL's server-dev package (make setup does so on Debian), or set PG_CONFIG." >&2
	@exit 1
.PHONY: clean
clean:
	rm -rf $(OBJS) ssm_fdw.so $(LEFTOVERS)
else
# Without this, every file is compiled once more by clang, for JIT inlining.
override with_llvm := no
# PostgreSQL's headers are not ours to keep free of warnings.
PG_CPPFLAGS += $(if $(WERROR),-isystem $(shell $(PG_CONFIG) --includedir-server))
include $(PGXS)
PG_PROVE_FLAGS += -I $(srcdir)/test/perl

# The manual, in its folders, so that its links work: PGXS's DOCS would put the
# pages of docs/ beside README.md.
ifdef docdir
MANUAL = README.md SECURITY.md CONTRIBUTING.md CHANGELOG.md LICENSE $(wildcard docs/*.md)
manualdir = $(DESTDIR)$(docdir)/$(docmoduledir)/ssm_fdw
install: install-manual
uninstall: uninstall-manual
.PHONY: install-manual uninstall-manual
install-manual:
	$(MKDIR_P) '$(manualdir)/docs'
	for page in $(MANUAL); do $(INSTALL_DATA) "$$page" "$(manualdir)/$$page" || exit; done
uninstall-manual:
	rm -f $(addprefix '$(manualdir)'/,$(MANUAL))
	[ ! -d '$(manualdir)' ] || rmdir '$(manualdir)/docs' '$(manualdir)'
endif

# Build anew what was built for another PostgreSQL or with other flags.
ifneq ($(filter all install ssm_fdw.so,$(or $(MAKECMDGOALS),all)),)
BUILT_WITH := $(VERSION) $(CC) $(CFLAGS) $(CPPFLAGS)
ifneq ($(file <build/flags),$(BUILT_WITH))
$(shell mkdir -p build)
$(file >build/flags,$(BUILT_WITH))
endif
$(OBJS): $(wildcard build/flags)
endif

-include $(OBJS:.o=.d)
endif
endif

# The engine is a plain C library: its tests are programs that know nothing of
# PostgreSQL.  Their objects are kept apart from the extension's.
ifeq ($(origin CC),default)
CC = gcc
endif
UNIT_CFLAGS = -O1 -g
UNIT_TESTS = $(patsubst test/unit/%.c,build/unit/%,$(wildcard test/unit/test_*.c))
FUZZ_REPLAYS = $(patsubst test/fuzz/%.c,build/unit/%,$(wildcard test/fuzz/fuzz_*.c))
UNIT_LIBRARY = $(patsubst %.c,build/unit/%.o,$(ENGINE) \
	$(filter-out $(wildcard test/unit/test_*.c),$(wildcard test/unit/*.c)))

build/unit/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra $(LENIENT) $(if $(WERROR),-Werror) \
		$(UNIT_CFLAGS) -D_GNU_SOURCE -Isrc -Itest/unit -MMD -MP -c -o $@ $<

build/unit/engine.a: $(UNIT_LIBRARY)
	@rm -f $@
	@ar rcs $@ $^

$(UNIT_TESTS): build/unit/%: build/unit/test/unit/%.o build/unit/engine.a
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(LIBRARIES) -lpthread

# What the engine finds in an environment, for test/credentials to compare.
build/unit/resolve: build/unit/test/credentials/resolve.o build/unit/engine.a
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(LIBRARIES) -lpthread -lm

# How the limiter, and scans cut into windows, do in simulated worlds.
SIMULATIONS = build/unit/rate build/unit/windows
$(SIMULATIONS): build/unit/%: build/unit/test/bench/%.o build/unit/engine.a
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(LIBRARIES) -lpthread -lm

# A fuzz target replays its corpus as a test.
$(FUZZ_REPLAYS): build/unit/%: build/unit/test/fuzz/%.o build/unit/test/fuzz/replay.o build/unit/engine.a
	$(CC) $(UNIT_CFLAGS) -o $@ $^ $(LIBRARIES) -lpthread

.SECONDARY: $(UNIT_TESTS:build/unit/%=build/unit/test/unit/%.o) $(UNIT_LIBRARY)
-include $(UNIT_LIBRARY:.o=.d) $(wildcard build/unit/test/*/*.d)

demo:		## show the extension at work; KEEP=1 leaves its servers running
	@test/tools/setup.sh demo
	@MAKE="$(MAKE)" KEEP=$(KEEP) test/tools/demo.sh

test:		## install what is missing, build, run all tests, count them
	@MAKE="$(MAKE)" test/tools/summary.sh test

setup:		## install the Debian packages that demo, test, bench and lint need
	@test/tools/setup.sh demo test bench lint

unit-programs: $(UNIT_TESTS) $(FUZZ_REPLAYS)

unit: unit-programs	## the engine's own tests, outside the server
	prove $(PROVE_FLAGS) -e '' $(UNIT_TESTS) $(FUZZ_REPLAYS)

simulate: $(SIMULATIONS)	## how the limiter and the windows do in simulated worlds
	@build/unit/rate
	@build/unit/windows

simulate-history:	## what rules for keeping a history cost, in four minutes
	@/usr/bin/python3 test/bench/history.py

credentials: build/unit/resolve	## what the engine finds in environments, against stand-ins and botocore
	prove $(PROVE_FLAGS) -j2 -e /usr/bin/python3 $(wildcard test/credentials/test_*.py)

sanitize:	## the unit tests and a server under gcc's and clang's sanitizers and valgrind
	@test/tools/setup.sh test sanitize
	@MAKE="$(MAKE)" test/tools/sanitize/engine
	@MAKE="$(MAKE)" test/tools/sanitize/server

fuzz:		## let clang's libFuzzer try each parser for FUZZ_SECONDS=600
	@test/tools/setup.sh test sanitize
	@MAKE="$(MAKE)" test/fuzz/run

coverage:	## which lines do the tests run? at least 90% of them
	@test/tools/setup.sh test coverage
	@MAKE="$(MAKE)" test/tools/coverage/run

tempcheck:	## regression and TAP tests against throw-away clusters
	@MAKE="$(MAKE)" test/tempcheck.sh

test-soak:	## fifty sessions for SOAK_SECONDS=600 against a service that fails at random
	@test/tools/setup.sh test
	@MAKE="$(MAKE)" test/tempcheck.sh REGRESS= PROVE_TESTS=test/long/soak.pl PROVE_FLAGS=-v

test-large:	## the tests with a million rows, likewise
	@MAKE="$(MAKE)" test/tempcheck.sh REGRESS= PROVE_TESTS=test/long/large.pl

test-cron:	## the history kept by pg_cron, in three minutes
	@test/tools/setup.sh cron
	@MAKE="$(MAKE)" test/tempcheck.sh REGRESS= PROVE_TESTS=test/long/cron.pl

test-history:	## a history kept for HISTORY_DAYS=30, a run in 5 minutes
	@MAKE="$(MAKE)" HISTORY_DAYS=$(or $(HISTORY_DAYS),30) test/tempcheck.sh REGRESS= PROVE_TESTS=test/t/history_requests.pl PROVE_FLAGS=-v

test-sqlsmith:	## random queries over foreign tables for SQLSMITH_SECONDS=1200
	@test/tools/setup.sh test sqlsmith
	@MAKE="$(MAKE)" test/tempcheck.sh REGRESS= PROVE_TESTS=test/long/sqlsmith.pl

test-versions:	## build and test on other Debian releases, in chroots; VERSIONS="trixie"
	@test/tools/chroot/versions $(VERSIONS)

test-throttle:	## sessions that share what the service allows, likewise; minutes
	@MAKE="$(MAKE)" test/tempcheck.sh REGRESS= PROVE_TESTS=test/long/throttle.pl

deb:		## build the Debian packages in a chroot, into build/deb
	@test/tools/chroot/deb

test-deb:	## the same, and install and try one in a clean chroot
	@test/tools/chroot/deb try

dist:		## the archive for PGXN, of the last commit, into build
	@mkdir -p build
	@git -c safe.directory='*' archive --format=zip --prefix=$(DIST)/ -o build/$(DIST).zip HEAD
	@echo build/$(DIST).zip

bench:		## measure beside boto3, AWS CLI and a bare connection; BENCH="--runs 3 lean"
	@test/tools/setup.sh bench
	@MAKE="$(MAKE)" test/bench/run $(BENCH)

lint:		## layers, limits, symbols, warnings, analyzers, format, words
	@MAKE="$(MAKE)" test/lint/run

format:		## lay out every C file as PostgreSQL does
	@test/lint/format --write

typedefs:	## list the sources' type names anew, which format needs
	@MAKE="$(MAKE)" test/lint/typedefs

help:		## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
	@echo 'all, install, installcheck, uninstall, clean: as in any PGXS extension'
