#!/bin/sh
# Runs specs one file after another and counts what ran: called by `make coverage`, which builds the core with
# gcc --coverage and sets the paths. The arguments are folders and files of specs. OUT is the directory of the
# results. OUT/specs.txt lists the specs, and which of them failed or took longer than LIMIT seconds.
set -eu
: "${LIMIT=120}" "${LUA=lua5.4}"
rm -rf "$OUT"
mkdir -p "$OUT/lua"
here=$(pwd)
find "$@" -name '*_spec.lua' | sort | while read -r spec; do
  if COVERAGE_OUT="$here/$OUT/lua" LUA_INIT="@$here/tools/coverage_hook.lua" timeout -k 5 "$LIMIT" "$LUA" "$(command -v busted)" "$spec" \
    >"$OUT/last.log" 2>&1 </dev/null; then
    echo "$spec" >>"$OUT/specs.txt"
  else
    echo "$spec: exit code $?" | tee -a "$OUT/specs.txt"
  fi
done
echo "$(wc -l <"$OUT/specs.txt") spec files, $(grep -c 'exit code' "$OUT/specs.txt" || true) of them failed or took too long"
