#!/bin/sh
# Runs specs one file after another and counts what ran: called by `make coverage`, which builds the core with
# gcc --coverage and sets the paths. The arguments are folders and files of specs. OUT is the directory of the
# results, HOOK the module built from tools/coverage_hook.c. OUT/specs.txt lists the specs, and which of them failed or took longer than LIMIT seconds. OUT/failed has
# what these have printed.
set -eu
: "${LIMIT=120}" "${LUA=lua5.4}"
rm -rf "$OUT"
mkdir -p "$OUT/lua" "$OUT/programs" "$OUT/failed"
here=$(pwd)
export COVERAGE_PROGRAMS="$here/$OUT/programs" # C programs of specs write their counts there
export COVERAGE_OUT="$here/$OUT/lua"
init="if _VERSION == 'Lua 5.4' then package.loadlib('$here/$HOOK', 'luaopen_coverage_hook')() end"
find "$@" -name '*_spec.lua' ! -path '*/simulator*' ! -path '*/cli/*' ! -name 'cli_*' | sort | while read -r spec; do
  log="$OUT/failed/$(echo "$spec" | tr / .).log"
  if LUA_INIT="$init" timeout -k 5 "$LIMIT" "$LUA" "$(command -v busted)" "$spec" >"$log" 2>&1 </dev/null; then
    echo "$spec" >>"$OUT/specs.txt"
    rm "$log"
  else
    echo "$spec: exit code $?" | tee -a "$OUT/specs.txt"
  fi
done
echo "$(wc -l <"$OUT/specs.txt") spec files, $(grep -c 'exit code' "$OUT/specs.txt" || true) of them failed or took too long"
