#!/bin/sh
# Fetches packages with apt that are not installed, for checks with another Lua or another libcurl. Exits
# with 3 if apt does not have them.
#
#   tools/aside.sh lua DIRECTORY      Lua 5.4 from its source package, built with LUA_USE_APICHECK: Lua then
#                                     checks each call of its C API. The program is DIRECTORY/src/lua
#   tools/aside.sh libcurl DIRECTORY  the libcurl of Debian's backports, unpacked in DIRECTORY/root
#
# apt's lists of these packages are kept in the directory, so apt's configuration does not change.
set -eu
what=$1
mkdir -p "$2/sources" "$2/lists/partial"
cd "$2"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")

# The address of Debian's packages, from the configuration of apt.
archive() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    grep -v security | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] *\)\{0,1\}\(http[^ ]*\).*/\2/p' | grep debian | head -n 1
}

# repository TYPE SUITE: sets the repository that apt uses.
repository() {
  echo "$1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(archive) $2 main" >sources/debian.list
}

apt() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$PWD/sources" -o "Dir::State::lists=$PWD/lists" "$@"
}

skip() {
  echo "SKIPPED: apt has no $1 here"
  exit 3
}

case $what in
  lua)
    [ ! -x src/lua ] || exit 0
    repository deb-src "$release"
    { apt update && apt source --download-only lua5.4; } >log 2>&1 || skip "source package of Lua 5.4"
    tar xf lua5.4_*.orig.tar.gz --strip-components 1
    make -s linux MYCFLAGS="-DLUA_USE_APICHECK -DLUA_COMPAT_5_3" MYLIBS= >>log 2>&1
    ;;
  libcurl)
    [ ! -e root/usr/include ] || exit 0
    repository deb "$release-backports"
    { apt update && apt download libcurl4 libcurl4-openssl-dev; } >log 2>&1 || skip "libcurl in $release-backports"
    for package in libcurl4*.deb; do dpkg -x "$package" root; done
    ;;
esac
