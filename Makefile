# make              builds the module for LUA (default: lua5.4)
# make demo         places, lists, redirects and hangs up calls on a stand-in for Twilio
# make test         runs the specs; BUSTED="--filter words spec/text" are arguments of busted
# make install      installs to PREFIX, below DESTDIR; make uninstall removes the installed files
# make deps         installs missing packages (apt); make demo and make test run it first
# make deps-hosts   installs nginx, luv, copas, zsh and fish; without them their specs are pending in busted
# make deps-browser installs chromium; without it the spec of the simulator's page is pending
# make clean        removes everything that was built
#
# dev.mk has the targets for maintainers: check, format, memcheck, api.
# bench/bench.mk has the benchmarks: bench, bench-pool, bench-hosts.
#
# Every target takes LUA=luajit, LUA=lua5.1 and so on. Builds for several Luas coexist in build/.
#   SAN=1   builds and tests with the address and undefined behaviour sanitizers
#   TSAN=1  builds and tests with the thread sanitizer; use it with BUSTED=spec/system/host_spec.lua
#   COVERAGE=1  builds for gcov; used by make coverage
#   GC=1    runs the specs with a garbage collector that runs all the time
#   V=1     prints each command

LUA ?= lua5.4
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install

LUA_NAME := $(notdir $(LUA))
BUILD := build/$(LUA_NAME)$(if $(SAN),-san)$(if $(TSAN),-tsan)$(if $(COVERAGE),-coverage)
MODULE := $(BUILD)/twilio/core.so
SOURCES := $(sort $(wildcard src/*.c src/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/objects/%.o)
LUA_FILES := $(patsubst lua/%,%,$(sort $(wildcard lua/*.lua lua/*/*.lua lua/*/*/*.lua lua/*/*/*/*.lua) \
  $(wildcard lua/twilio/simulator/page/*)))
PROGRAMS := $(notdir $(sort $(wildcard bin/*)))
# Directories of the installed Lua files. Each directory comes before its parent, because rmdir
# removes only empty directories.
LUA_DIRECTORIES := $(shell printf '%s\n' $(dir $(filter twilio/%,$(LUA_FILES))) | sort -ru)

# These variables run programs such as pkg-config. `=` expands them only when a recipe uses them:
# `deps` may have installed the programs and libraries by then.
LUA_VERSION = $(if $(findstring jit,$(LUA_NAME)),5.1,$(or $(patsubst lua%,%,$(filter lua5.%,$(LUA_NAME))),$(ASKED_VERSION)))
ASKED_VERSION = $(shell $(LUA) -e 'print(_VERSION:match("%d.%d"))')
LUA_MODULES = $(if $(findstring jit,$(LUA_NAME)),luajit,lua$(LUA_VERSION) lua-$(LUA_VERSION) lua$(subst .,,$(LUA_VERSION)) $(filter lua,$(LUA_NAME)))
LUA_CFLAGS = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell for m in $(LUA_MODULES); do $(PKG_CONFIG) --cflags $$m 2>/dev/null && break; done))
LIBRARY_CFLAGS = $(addprefix -I,$(CURL_INCDIR) $(CRYPTO_INCDIR)) $(shell $(PKG_CONFIG) --cflags libcurl libcrypto 2>/dev/null)
LIBRARIES = $(addprefix -L,$(CURL_LIBDIR) $(CRYPTO_LIBDIR)) $(shell $(PKG_CONFIG) --libs libcurl libcrypto 2>/dev/null || echo -lcurl -lcrypto)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
STANDARD := -std=c99 -D_GNU_SOURCE -Isrc -fPIC -fvisibility=hidden
# With COVERAGE, libcurl must not check types in macros: their branches would count.
SANITIZE := $(if $(SAN),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)$(if $(TSAN),-fsanitize=thread)$(if $(COVERAGE),--coverage -O0 -DCURL_DISABLE_TYPECHECK)
FLAGS = $(STANDARD) $(WARNINGS) $(if $(WERROR),-Werror) $(CFLAGS) $(SANITIZE) $(CPPFLAGS) $(LUA_CFLAGS) $(LIBRARY_CFLAGS)

# The module does not link liblua: it uses the functions of the program that loads it.
ifeq ($(shell uname -s),Darwin)
LIBFLAG ?= -bundle -undefined dynamic_lookup
else
LIBFLAG ?= -shared
SYSTEM_LIBRARIES := -Wl,-z,nodelete -lpthread -ldl
endif

# LuaRocks passes INST_LIBDIR and INST_LUADIR.
LUA_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
LUA_SHAREDIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
INST_LIBDIR ?= $(LUA_LIBDIR)
INST_LUADIR ?= $(LUA_SHAREDIR)
INST_BINDIR ?= $(PREFIX)/bin

# By default a recipe prints one short line for each file. With V=1 it prints the command instead.
Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-8s %s\n' $(1) $(2))

.DELETE_ON_ERROR:
.PHONY: all deps deps-hosts deps-browser demo test install uninstall clean lua-there

all: $(MODULE)

# Goals that install packages first. If one of them is given, compiling waits for `deps`.
INSTALLING := deps demo test memcheck torture faults soak bench bench-pool
ifneq ($(filter $(INSTALLING),$(MAKECMDGOALS)),)
$(OBJECTS) lua-there: | deps
endif

$(MODULE): $(OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LIBFLAG) $(SANITIZE) $(LDFLAGS) -o $@ $(OBJECTS) $(LIBRARIES) $(SYSTEM_LIBRARIES)

# Without this check, a misspelt LUA could build against the headers of another Lua.
lua-there:
	@$(if $(LUA_INCDIR),:,command -v "$(LUA)" >/dev/null || { echo "There is no $(LUA): make LUA=$(LUA) deps installs it where Debian has it." >&2; exit 1; })

$(OBJECTS): | lua-there

$(BUILD)/objects/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)

DEPS = LUA="$(LUA)" LUA_MODULES="$(if $(LUA_INCDIR),,$(LUA_MODULES))" CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" tools/deps.sh

deps:
	@$(DEPS) build

deps-hosts:
	@$(DEPS) hosts

deps-browser:
	@$(DEPS) browser

# ---- running without installing ----

# The user's LUA_PATH and LUA_CPATH follow these paths. If they are unset, Lua's default paths
# follow (";;").
RUN = LUA_PATH="lua/?.lua;lua/?/init.lua;$${LUA_PATH:-;}" LUA_CPATH="$(BUILD)/?.so;$${LUA_CPATH:-;}"
ifdef SAN
# The leak checker does not search LuaJIT's heap. It would report memory to which only that heap has
# a pointer.
LEAKS := $(if $(findstring jit,$(LUA_NAME)),0,1)
RUN += ASAN_OPTIONS=detect_leaks=$(LEAKS) UBSAN_OPTIONS=print_stacktrace=1 LD_PRELOAD="$$($(CC) -print-file-name=libasan.so)"
endif
# For spec/system/host_spec.lua: compiler flags for its C program, and how many scripts each thread
# runs.
RUN += HOST_FLAGS="$(SANITIZE)" HOST_RUNS="$(HOST_RUNS)"
RUN_BUSTED = $(LUA) "$$(command -v busted)" $(if $(GC),-e 'collectgarbage("setpause", 0) collectgarbage("setstepmul", 100000)') $(BUSTED)

demo: deps all
	@$(RUN) $(LUA) examples/demo.lua

test: deps all
	$(Q)$(RUN) $(RUN_BUSTED)

# ---- installing ----

install: all
	$(INSTALL) -d "$(DESTDIR)$(INST_LIBDIR)/twilio"
	$(INSTALL) -m 755 $(MODULE) "$(DESTDIR)$(INST_LIBDIR)/twilio/core.so"
	@for file in $(LUA_FILES); do \
	  echo $(INSTALL) -m 644 lua/$$file "$(DESTDIR)$(INST_LUADIR)/$$file"; \
	  $(INSTALL) -d "$(DESTDIR)$(INST_LUADIR)/$$(dirname $$file)" && \
	  $(INSTALL) -m 644 lua/$$file "$(DESTDIR)$(INST_LUADIR)/$$file" || exit 1; \
	done
# A program that begins with "env sh" runs with the Lua for which the module is built.
	$(INSTALL) -d "$(DESTDIR)$(INST_BINDIR)"
	@for program in $(PROGRAMS); do \
	  echo $(INSTALL) -m 755 bin/$$program "$(DESTDIR)$(INST_BINDIR)/$$program"; \
	  $(INSTALL) -m 755 bin/$$program "$(DESTDIR)$(INST_BINDIR)/$$program" && \
	  sed "1s|^#!/usr/bin/env sh$$|#!$$(command -v "$(LUA)")|" bin/$$program > "$(DESTDIR)$(INST_BINDIR)/$$program" || exit 1; \
	done

# Removes the installed files, and the directories that are empty then.
uninstall:
	rm -f "$(DESTDIR)$(INST_LIBDIR)/twilio/core.so" $(PROGRAMS:%="$(DESTDIR)$(INST_BINDIR)/%") $(LUA_FILES:%="$(DESTDIR)$(INST_LUADIR)/%")
	@rmdir "$(DESTDIR)$(INST_LIBDIR)/twilio" $(patsubst %,"$(DESTDIR)$(INST_LUADIR)/%",$(LUA_DIRECTORIES)) 2>/dev/null || true

clean:
	rm -rf build twilio
	rm -f src/*.o src/*/*.o

include dev.mk bench/bench.mk
