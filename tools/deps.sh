#!/bin/sh
# Installs missing packages with apt, and prints their names first. Prints nothing if none is missing.
#   tools/deps.sh build   packages for building, the demo and the specs
#   tools/deps.sh check   packages for `make check` and `make memcheck`
#   tools/deps.sh fuzz    clang's libFuzzer, for `make fuzz`; clang must be there
#   tools/deps.sh gnutls  libcurl with GnuTLS, for `make gnutls`
#   tools/deps.sh hosts   nginx, luv and copas, zsh and fish, for the specs that run in them
#   tools/deps.sh browser chromium and chromedriver, for the spec of the simulator's page
#   tools/deps.sh bench   clients that `make bench` compares, from apt and npm
#
# LUA is the interpreter. LUA_MODULES lists the pkg-config names of its headers. It is empty if
# LUA_INCDIR gives the headers. The script looks for programs and files, not for packages, so that
# software from other sources counts as installed.
set -eu
: "${LUA=lua5.4}" "${LUA_MODULES=$LUA}" "${CC=cc}" "${PKG_CONFIG=pkg-config}"

# need PACKAGES COMMAND…: adds the packages to $missing if the command fails.
need() {
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

# The stand-in for Twilio always runs on Lua 5.1.
server_modules() {
  lua5.1 -e 'require "http.version" require "_cqueues" require "cjson"'
}

# luajit and luajit2 conflict. The headers must match the installed one.
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
  # Other systems have their CA certificates elsewhere.
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

look_fuzz() {
  need "libclang-rt-$(clang -dumpversion 2>/dev/null | cut -d. -f1)-dev" fuzzer_there
}

look_gnutls() {
  need libcurl3-gnutls sh -c 'PATH=$PATH:/sbin; ldconfig -p | grep -q libcurl-gnutls.so.4'
}

fuzzer_there() {
  test -n "$(find "$(clang -print-resource-dir)" -name 'libclang_rt.fuzzer*')"
}

nginx_there() {
  command -v nginx || test -x /usr/sbin/nginx # /usr/sbin is not always in PATH
}

headers_there() {
  "$PKG_CONFIG" --exists "$1"
}

look_hosts() {
  need "nginx libnginx-mod-http-lua lua-resty-core" test -e /usr/lib/nginx/modules/ngx_http_lua_module.so
  need lua-nginx-websocket test -e /usr/share/lua/5.1/nginx/websocket/server.lua
  need nginx nginx_there
  need wrk command -v wrk
  need openssl command -v openssl
  need "lua-luv" lua5.1 -e 'require "luv"'
  need "lua-copas" lua5.1 -e 'require "copas"'
  need zsh command -v zsh
  need fish command -v fish
}

look_browser() {
  need chromium sh -c 'command -v chromium || command -v chromium-browser || command -v google-chrome'
  need chromium-driver command -v chromedriver
}

look_bench() {
  need nginx-light nginx_there
  need openssl command -v openssl
  need curl command -v curl
  need valgrind command -v valgrind
  need "lua5.1 lua-curl lua-cjson" lua5.1 -e 'require "curl" require "cjson"'
  need liblua5.1-0-dev headers_there lua5.1
  need python3-twilio /usr/bin/python3 -c 'import twilio'
  LUA=luajit
  name_lua_packages
  need "$program" command -v luajit
  need "$headers" headers_there luajit
}

# twilio-node is not in Debian. Without npm the comparison omits it.
install_from_npm() {
  place=build/bench
  if [ -d $place/node_modules/twilio ] || ! command -v npm >/dev/null; then return 0; fi
  echo "Installing with npm below $place, $purpose: twilio"
  mkdir -p $place
  npm install --prefix $place --no-save --no-audit --no-fund --loglevel=error twilio </dev/null >/dev/null ||
    echo "npm failed: the comparison omits node" >&2
}

look() {
  missing=
  "look_$1"
  missing=$(for package in $missing; do echo "$package"; done | sort -u | tr '\n' ' ')
}

apt() {
  command="env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300"
  if [ "$(id -u)" != 0 ]; then command="sudo $command"; fi
  $command "$@" </dev/null >/dev/null # errors go to stderr
}

can_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# shellcheck disable=SC2086 # $missing is split into words
install_missing() {
  apt install -y --no-install-recommends $missing
}

case ${1:-} in
  build) purpose="to build, run and test twilio" ;;
  check) purpose="to check the sources" ;;
  hosts) purpose="to try twilio in other programs" ;;
  browser) purpose="to test the page of the simulator" ;;
  fuzz) purpose="to fuzz the sources" ;;
  gnutls) purpose="to test twilio with GnuTLS" ;;
  bench) purpose="to compare twilio with" ;;
  *) echo "usage: $0 build|check|fuzz|gnutls|hosts|browser|bench" >&2; exit 2 ;;
esac

# install_from_apt build|check|fuzz|gnutls|hosts|browser|bench
install_from_apt() {
  if ! can_install; then
    echo "Please install these packages (Debian names) $purpose: $missing" >&2
    exit 1
  fi
  echo "Installing with apt, $purpose: $missing"
  # The package lists may be missing or outdated.
  if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! install_missing; then
    if ! apt update || ! install_missing; then
      echo "Installation failed. Please install these packages (Debian names) $purpose: $missing" >&2
      exit 1
    fi
  fi
  look "$1"
  if [ -n "$missing" ]; then
    echo "Still not found after installing: $missing" >&2
    exit 1
  fi
}

look "$1"
if [ -n "$missing" ]; then install_from_apt "$1"; fi
if [ "$1" = bench ]; then install_from_npm; fi
