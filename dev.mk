# Targets for maintainers. The Makefile includes this file.
#
# make check        runs all checks: compiler warnings, static analysis, layers, format, luacheck
# make check-NAME   runs one of the checks: gcc clang analyzer tidy cppcheck layers format lua
# make format       formats the C sources
# make memcheck     runs the specs under valgrind
# make api SPEC=dir writes src/api/api.c, types/, doc/reference/ and the simulator's facts from Twilio's
#                   OpenAPI documents
# make fuzz TARGET=name SECONDS=60
#                   passes generated inputs to spec/fuzz/NAME.lua; without TARGET to each of the targets
# make torture STEP=10
#                   takes memory, descriptors and disk space away from the library; STEP=1, the default,
#                   tries every allocation. SCENARIOS, MODES and UNDER=valgrind: see spec/torture/README.md
# make coverage SPECS="spec/text spec/call"
#                   runs specs one by one and starves the library, and writes to build/coverage what of C
#                   and Lua ran. Fails if something else is not explained in tools/coverage_explained.lua
# make faults REQUESTS=100000
#                   sends requests through a proxy that breaks connections, see spec/faults/README.md
# make gnutls       builds the module for a libcurl with GnuTLS, and runs specs of the network with it
# make backports    the same with the libcurl of Debian's backports
# make soak MINUTES=20
#                   states in threads, flat memory, forks and nginx, for a long time, see spec/soak/run.lua
# make apicheck     runs the specs with a Lua that checks each call of its C API
# make error-codes CODES=file writes lua/twilio/error_codes.lua and doc/error-codes.md

CHECKS := check-gcc check-clang check-analyzer check-tidy check-cppcheck check-layers check-format check-lua
.PHONY: api error-codes fuzz deps-fuzz torture coverage coverage-run faults gnutls backports soak apicheck check $(CHECKS) deps-check format memcheck

deps-check:
	@$(DEPS) check

# ---- the API table ----

api:
	@test -d "$(SPEC)" || { echo 'make api SPEC=dir: the directory of the OpenAPI documents' >&2; exit 1; }
	$(LUA) tools/generate.lua "$(SPEC)" .

# ---- the error codes ----

error-codes:
	@test -f "$(CODES)" || { echo 'make error-codes CODES=file: the list of error codes' >&2; exit 1; }
	$(LUA) tools/error_codes.lua "$(CODES)" .

# ---- checking ----

# The sources that are analysed and formatted. The generated table is only compiled.
CHECKED := $(filter-out src/api/api.c,$(SOURCES))
CHECK_FLAGS = $(STANDARD) $(WARNINGS) -Werror $(CFLAGS) $(LUA_CFLAGS) $(LIBRARY_CFLAGS)
FORMATTED := $(CHECKED) $(wildcard src/*.h src/*/*.h spec/support/*.c spec/fuzz/*.c bench/*.c)
# On Linux this source is empty without the flag.
FALLBACK := src/transport/poller_multi.c
FALLBACK_FLAG := -DENGINE_NO_EPOLL
TIDY_FLAGS = $(STANDARD) $(WARNINGS) $(LUA_CFLAGS) $(LIBRARY_CFLAGS)

check: $(CHECKS)
$(CHECKS): | deps-check deps

check-gcc check-clang: check-%:
	@echo '$* $(WARNINGS) -Werror'
	@failed=; for file in $(SOURCES); do \
	  object=build/check/$*/$${file%.c}.o; mkdir -p $$(dirname $$object); \
	  $* $(CHECK_FLAGS) -c -o $$object $$file || failed=1; \
	done; \
	$* $(CHECK_FLAGS) $(FALLBACK_FLAG) -c -o build/check/$*/fallback.o $(FALLBACK) || failed=1; [ -z "$$failed" ]

check-analyzer:
	@echo 'gcc -fanalyzer'
	@failed=; for file in $(CHECKED); do gcc $(CHECK_FLAGS) -fanalyzer -c -o /dev/null $$file || failed=1; done; \
	gcc $(CHECK_FLAGS) $(FALLBACK_FLAG) -fanalyzer -c -o /dev/null $(FALLBACK) || failed=1; [ -z "$$failed" ]

# One process per file: in a process for all files, clang-tidy 14 takes the va_list of a later file
# for uninitialized.
check-tidy:
	@echo clang-tidy
	@printf '%s\n' $(CHECKED) | xargs -P 2 -I FILE clang-tidy --quiet FILE -- $(TIDY_FLAGS)
	@clang-tidy --quiet $(FALLBACK) -- $(TIDY_FLAGS) $(FALLBACK_FLAG)

check-cppcheck:
	@echo cppcheck
	@cppcheck --quiet --std=c99 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -D_GNU_SOURCE -Isrc $(CHECKED)

check-layers: all
	@echo layers
	@$(LUA) tools/check_layers.lua . $(BUILD)/objects

check-format:
	@echo clang-format
	@clang-format --dry-run -Werror $(FORMATTED)

format:
	clang-format -i $(FORMATTED)

check-lua:
	@echo luacheck
	@luacheck --quiet . bin/twilio-lua

# ---- valgrind ----

VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite

memcheck: deps deps-check all
	$(Q)$(RUN) HOST_UNDER="$(VALGRIND)" $(VALGRIND) $(RUN_BUSTED)

# ---- fuzzing ----

# libFuzzer keeps the inputs that reach new branches in build/fuzz/corpus. spec/fuzz/README.md explains
# the targets.
FUZZ := build/fuzz
FUZZ_TARGETS := $(filter-out client,$(patsubst spec/fuzz/%.lua,%,$(wildcard spec/fuzz/*.lua)))
FUZZ_FLAGS = $(STANDARD) -g -O1 -fno-omit-frame-pointer $(LUA_CFLAGS) $(LIBRARY_CFLAGS) -fno-sanitize-recover=all
SECONDS ?= 60

deps-fuzz: deps-check
	@$(DEPS) fuzz

$(FUZZ)/fuzz: $(SOURCES) $(wildcard src/*.h src/*/*.h) spec/fuzz/fuzz.c | deps-fuzz
	@mkdir -p $(FUZZ)/findings
	$(call say,FUZZ,$@)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -rdynamic -o $@ spec/fuzz/fuzz.c $(SOURCES) \
	  $(shell for m in $(LUA_MODULES); do $(PKG_CONFIG) --libs $$m 2>/dev/null && break; done) $(LIBRARIES) -lpthread -ldl -lm

fuzz: $(FUZZ)/fuzz
	@FUZZ=$(FUZZ) SECONDS=$(SECONDS) spec/fuzz/run $(or $(TARGET),$(FUZZ_TARGETS))

# ---- starvation ----

torture: deps all
	@LUA_PATH="lua/?.lua;./?.lua;$${LUA_PATH:-;}" LUA_CPATH="$(BUILD)/?.so;$${LUA_CPATH:-;}" STEP="$(STEP)" SCENARIOS="$(SCENARIOS)" MODES="$(MODES)" \
	  UNDER="$(if $(filter valgrind,$(UNDER)),$(VALGRIND) --soname-synonyms=somalloc=nouserintercepts,$(UNDER))" $(LUA) spec/torture/run.lua

# ---- coverage ----

SPECS ?= spec/text spec/api spec/call spec/response spec/client spec/request spec/support spec/transport spec/twilio spec/twilio_spec.lua \
  $(addprefix spec/system/,host_spec.lua idempotency_spec.lua lifetime_spec.lua network_faults_spec.lua page_walk_spec.lua secrets_spec.lua starvation_spec.lua)
# make coverage STARVED= omits the starvation. TLS has few allocations of the core among many of libcrypto.
STARVED ?= $(filter-out tls,$(shell sed -n 's/^ *scenarios\.\([a-z0-9]*\) = .*/\1/p' spec/torture/scenarios.lua))

coverage:
	@rm -f $$(find build/$(LUA_NAME)-coverage -name '*.gcda' 2>/dev/null)
	@$(MAKE) --no-print-directory COVERAGE=1 coverage-run

build/coverage-hook/coverage_hook.so: tools/coverage_hook.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STANDARD) -fvisibility=default $(WARNINGS) -O2 $(LUA_CFLAGS) -shared -o $@ $< -lpthread

coverage-run: all build/coverage-hook/coverage_hook.so
	@$(RUN) OUT=build/coverage HOOK=build/coverage-hook/coverage_hook.so tools/coverage.sh $(SPECS)
	@$(if $(STARVED),$(MAKE) --no-print-directory torture MODES="c-once lua-all files" SCENARIOS="$(STARVED)" | tail -n 1)
	@$(LUA) tools/coverage.lua build/coverage tools/coverage_explained.lua $(BUILD)/objects build/coverage/programs

# ---- faults of the network ----

build/faults/cutting_proxy: spec/support/cutting_proxy.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STANDARD) $(WARNINGS) -O2 -g -o $@ $<

faults: deps all build/faults/cutting_proxy
	@REQUESTS="$(REQUESTS)" SEED="$(SEED)" LANE="$(LANE)" ROUNDS="$(ROUNDS)" $(RUN) $(LUA) spec/faults/run.lua build/faults/cutting_proxy

# ---- libcurl with GnuTLS ----

# Debian's libcurl with GnuTLS has the same headers, version and exported functions as the one with
# OpenSSL. Only the link differs: CURL_LIBDIR has the other library by the name libcurl.so.
GNUTLS := build/gnutls
NETWORK_SPECS := spec/transport spec/system/fault_table_spec.lua spec/system/network_faults_spec.lua spec/system/host_spec.lua

$(GNUTLS)/libcurl.so:
	@$(DEPS) gnutls
	@mkdir -p $(@D)
	@PATH="$$PATH:/sbin"; ln -sf "$$(ldconfig -p | sed -n 's/.*libcurl-gnutls.so.4 .*=> //p' | head -n 1)" $@

gnutls: $(GNUTLS)/libcurl.so
	@$(MAKE) --no-print-directory test CURL_LIBDIR=$(GNUTLS) BUILD=build/$(LUA_NAME)-gnutls BUSTED="$(or $(BUSTED),$(NETWORK_SPECS))"

# ---- libcurl of Debian's backports ----

BACKPORTS := $(abspath build/backports)
BACKPORTS_ROOT := $(BACKPORTS)/root/usr
MULTIARCH := $(shell uname -m)-linux-gnu

backports:
	@tools/aside.sh libcurl $(BACKPORTS)
	@$(MAKE) --no-print-directory test CURL_INCDIR=$(BACKPORTS_ROOT)/include/$(MULTIARCH) CURL_LIBDIR=$(BACKPORTS_ROOT)/lib/$(MULTIARCH) \
	  LDFLAGS=-Wl,-rpath,$(BACKPORTS_ROOT)/lib/$(MULTIARCH) BUILD=build/$(LUA_NAME)-backports BUSTED="$(or $(BUSTED),$(NETWORK_SPECS))"

# ---- soak ----

build/faults/forking.so: spec/support/forking.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(STANDARD) -fvisibility=default $(WARNINGS) -shared -o $@ $<

# nginx runs the build for LuaJIT.
soak: deps all build/faults/forking.so build/faults/cutting_proxy
	@$(MAKE) --no-print-directory LUA=luajit all
	@MINUTES="$(MINUTES)" STAGE="$(STAGE)" $(RUN) $(LUA) spec/soak/run.lua build/faults/forking.so build/faults/cutting_proxy

# ---- Lua with LUA_USE_APICHECK ----

APICHECK := build/apicheck
APICHECK_BUILD := build/lua-apicheck
# Debian's modules of Lua 5.4, such as busted
APICHECK_PATH := lua/?.lua;lua/?/init.lua;./?.lua;/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua
APICHECK_CPATH := $(APICHECK_BUILD)/?.so;/usr/lib/$(MULTIARCH)/lua/5.4/?.so
# The simulator and the command line have no C code of their own.
APICHECK_SPECS := --exclude-pattern=simulator --exclude-pattern=cli spec/api spec/call spec/client spec/request spec/response spec/support \
  spec/text spec/transport spec/twilio

apicheck:
	@tools/aside.sh lua $(APICHECK)
	@$(MAKE) --no-print-directory LUA=$(APICHECK)/src/lua BUILD=$(APICHECK_BUILD) LUA_INCDIR=$(abspath $(APICHECK)/src) ASKED_VERSION=5.4 all
	@LUA_INCDIR="$(abspath $(APICHECK)/src)" LUA_PATH="$(APICHECK_PATH)" LUA_CPATH="$(APICHECK_CPATH)" \
	  $(abspath $(APICHECK)/src/lua) "$$(command -v busted)" $(or $(BUSTED),$(APICHECK_SPECS))
