#!/bin/sh
# Installs through apt what is missing, after saying what and why; silent when nothing is.
#   tools/deps.sh build   what building, the demo and the specs need
#   tools/deps.sh check   what `make check` and `make memcheck` need
# LUA is the interpreter, LUA_MODULES the names its headers may have for pkg-config (none: LUA_INCDIR has them).
# What counts is whether a thing is found, not which package it came from.
set -eu
: "${LUA=lua5.4}" "${LUA_MODULES=$LUA}" "${CC=cc}" "${PKG_CONFIG=pkg-config}"

need() { # packages command…
  packages=$1
  shift
  "$@" </dev/null >/dev/null 2>&1 || missing="$missing $packages"
}

lua_headers() {
  [ -n "$LUA_MODULES" ] || return 0
  for module in $LUA_MODULES; do
    if "$PKG_CONFIG" --exists "$module"; then return 0; fi
  done
  return 1
}

# The stand-in for Twilio runs on Lua 5.1, whichever Lua is under test.
server_modules() {
  lua5.1 -e 'require "http.version" require "_cqueues" require "cjson"'
}

# luajit and luajit2 exclude each other: headers of the kind that is there already.
name_lua_packages() {
  case ${LUA##*/} in
    lua5.1) program=lua5.1 headers=liblua5.1-0-dev ;;
    lua5.*) program=${LUA##*/} headers=lib$program-dev ;;
    luajit*)
      program=luajit2 headers=libluajit2-5.1-dev
      if dpkg -s luajit >/dev/null 2>&1; then program=luajit headers=libluajit-5.1-dev; fi
      ;;
    *) program="$LUA" headers="headers-of-$LUA" ;;
  esac
}

look_build() {
  name_lua_packages
  need "gcc libc6-dev" command -v "$CC"
  need pkg-config command -v "$PKG_CONFIG"
  need libcurl4-openssl-dev "$PKG_CONFIG" --exists libcurl
  need libssl-dev "$PKG_CONFIG" --exists libcrypto
  need "$program" command -v "$LUA"
  need "$headers" lua_headers
  need lua-cjson "$LUA" -e 'require "cjson"'
  need lua-busted "$LUA" -e 'require "busted.status"'
  need lua-busted command -v busted
  need lua5.1 command -v lua5.1
  need "lua-http lua-cjson" server_modules
  need curl command -v curl
  need luarocks command -v luarocks
  # Only Debian names its trust store so.
  if [ -e /etc/debian_version ]; then need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt; fi
}

look_check() {
  need gcc command -v gcc
  need clang command -v clang
  need clang-tidy command -v clang-tidy
  need clang-format command -v clang-format
  need cppcheck command -v cppcheck
  need lua-check command -v luacheck
  need "valgrind libc6-dbg" command -v valgrind
}

look() {
  missing=
  "look_$1"
  missing=$(for package in $missing; do echo "$package"; done | sort -u | tr '\n' ' ')
}

apt() {
  command="env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300"
  if [ "$(id -u)" != 0 ]; then command="sudo $command"; fi
  $command "$@" </dev/null >/dev/null # what fails is said on stderr
}

can_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# shellcheck disable=SC2086 # the packages are words
install_missing() {
  apt install -y --no-install-recommends $missing
}

case ${1:-} in
  build) purpose="to build, run and test twilio" ;;
  check) purpose="to check the sources" ;;
  *) echo "usage: $0 build|check" >&2; exit 2 ;;
esac

look "$1"
[ -n "$missing" ] || exit 0
if ! can_install; then
  echo "Please install what is missing $purpose (Debian's names): $missing" >&2
  exit 1
fi
echo "Installing with apt, $purpose: $missing"
# A fresh machine has no package lists, an old one stale lists.
if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! install_missing; then
  apt update
  install_missing
fi
look "$1"
if [ -n "$missing" ]; then
  echo "Still not found after installing: $missing" >&2
  exit 1
fi
