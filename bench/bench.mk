# Benchmarks. The Makefile includes this file. bench/README.md explains the figures.
#
# make bench        compares with libcurl alone, hand-written Lua and Twilio's own libraries
# make bench-pool   measures a host with a Lua state for each script, with and without the pool
# make bench-hosts  measures waiting: calls inside nginx, and many calls at once in a script
# make bench-command-line  compares twilio-lua with twilio-cli of npm
# make bench-download  measures a download beside the program curl
# make bench-growth  measures the cost of one call, record, client and script as their number grows
# make bench-webhooks  measures signature checks, alone and in nginx

.PHONY: bench bench-command-line bench-download bench-growth bench-hosts bench-pool bench-webhooks bench-programs bench-states

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

bench-download: deps deps-hosts all
	@$(RUN) $(LUA) bench/download.lua

bench-command-line: deps all $(BENCH)/measure
	@$(LUA) bench/command_line.lua "$(LUA)"

bench-growth: deps deps-hosts all $(BENCH)/measure $(BENCH)/slow $(BENCH)/host-$(LUA_NAME)
	@$(LUA) bench/growth.lua "$(LUA)"

bench-webhooks: deps deps-hosts all $(BENCH)/signature
	@$(MAKE) --no-print-directory LUA=luajit BUILD=build/luajit all
	@$(LUA) bench/webhooks.lua "$(LUA)"

# With CONNECTION_SETS=0 the second build has no pool of connections.
bench-pool: deps all $(BENCH)/host-$(LUA_NAME) $(BENCH)/slow
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-unpooled CPPFLAGS=-DCONNECTION_SETS=0 all
	@$(LUA) bench/pool.lua $(notdir $(BUILD))

bench-programs: $(BENCH)/floor $(BENCH)/together $(BENCH)/measure $(BENCH)/slow bench-states
bench-states: $(BENCH)/states-$(LUA_NAME)

$(BENCH)/host-$(LUA_NAME): spec/support/host.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_FLAGS) $(LUA_CFLAGS) -o $@ $< $(LUA_LIBRARIES) -lpthread

$(BENCH)/floor $(BENCH)/together $(BENCH)/signature: $(BENCH)/%: bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_FLAGS) $(LIBRARY_CFLAGS) -o $@ $< $(LIBRARIES)

$(BENCH)/measure $(BENCH)/slow: $(BENCH)/%: bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_FLAGS) -o $@ $<

$(BENCH)/states-$(LUA_NAME): bench/states.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_FLAGS) $(LUA_CFLAGS) -o $@ $< $(LUA_LIBRARIES)
