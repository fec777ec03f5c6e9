#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Install the Debian packages that building and testing need, if any is missing.
set -eu

# level (build, demo, test, bench, pages; each includes those before it), host architecture (any, amd64, arm64), package, reason
table='
build any   gcc                     compiles tenders, bindings and tools
build any   libc6-dev               C library headers
build any   make                    runs the build
build any   binutils                links guest images (ld, objcopy)
build any   pkg-config              finds the libraries
build any   libjansson-dev          manifests in JSON (solo5-elftool)
build any   git                     version number of a checkout
test  any   clang                   second compiler for the whole tree
test  any   libclang-rt-dev         sanitizers for clang
test  any   llvm                    which lines fuzzing has reached (make fuzz-coverage)
test  any   musl-dev                tenders with another C library (configure.sh --static=musl)
test  any   libcmocka-dev           unit tests
test  any   libseccomp-dev          what the filters of tenders are compared with
test  any   device-tree-compiler    device trees as test input
test  any   libfdt-dev              unpacks them
test  any   gdb-multiarch           reads core files of both CPUs
demo  any   iproute2                taps and network namespaces
demo  any   iputils-ping            pings through a tap
demo  any   curl                    fetches pages of examples/httpd
demo  any   apache2-utils           loads it (ab)
test  any   opam                    checks the package descriptions
test  any   strace                  what a tender asks of the kernel
test  any   procps                  looks for left-over processes
demo  any   qemu-system-arm         emulated AArch64 machine (scripts/vm)
test  any   qemu-system-x86         emulated x86_64 machine (scripts/vm)
demo  any   cpio                    packs the emulated machine (scripts/vm)
demo  any   kmod                    orders its kernel modules (scripts/vm)
demo  any   xz-utils                unpacks sources (scripts/debian-source)
test  any   udhcpd                  gives examples/httpd an address
test  any   bzip2                   unpacks others of them
demo  amd64 gcc-aarch64-linux-gnu   builds for AArch64
demo  amd64 libc6-dev-arm64-cross   C library for AArch64
test  arm64 gcc-x86-64-linux-gnu    builds for x86_64
test  arm64 libc6-dev-amd64-cross   C library for x86_64
bench any   wrk                     loads examples/httpd (bench/load)
bench any   gnuplot-nox             draws what bench/run and bench/density found
pages any   flex                    configures a kernel with larger pages (scripts/vm)
pages any   bison                   configures it
pages any   bc                      computes its time constants
pages any   valgrind                looks at unit tests and tenders (make check-valgrind)
'

usage() {
    cat <<'END'
Usage: scripts/install-deps.sh [build|demo|test|bench|pages]
Install what is missing of the Debian packages needed to build (default), to run
scripts/demo.sh, to test, to measure, or for make check-long, too. Runs
apt-get once, as root or with sudo; does nothing when all packages are there.

END
    printf '%s\n' "$table" | sed '/^$/d' | sort -s -k1,1
}

die() {
    echo "install-deps.sh: $*" >&2
    exit 1
}

# Packages of the level $1 and those it includes, for the architecture $2.
wanted() {
    printf '%s\n' "$table" | awk -v level="$1" -v arch="$2" '
        BEGIN { rank["build"] = 1; rank["demo"] = 2; rank["test"] = 3; rank["bench"] = 4; rank["pages"] = 5 }
        $1 in rank && rank[$1] <= rank[level] && ($2 == "any" || $2 == arch) { print $3 }'
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

reason() {
    printf '%s\n' "$table" | awk -v package="$1" '
        $3 == package { $1 = $2 = $3 = ""; sub(/^ */, ""); print; exit }'
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root rights to install:$missing"
    fi
}

level=build
case ${1-} in
'') ;;
build | demo | test | bench | pages) level=$1 ;;
--help) usage && exit 0 ;;
*) die "unknown argument $1. See --help" ;;
esac
[ $# -le 1 ] || die "more than one argument. See --help"

command -v apt-get >/dev/null || die "this is no Debian system (no apt-get)"
arch=$(dpkg --print-architecture)
case $arch in
amd64 | arm64) ;;
*) die "no package list for a Debian $arch host" ;;
esac

missing=
for package in $(wanted "$level" "$arch"); do
    is_installed "$package" && continue
    [ -n "$missing" ] || echo "Packages to install:"
    missing="$missing $package"
    printf '  %-24s %s\n' "$package" "$(reason "$package")"
done
if [ -z "$missing" ]; then
    echo "All packages of level $level are installed."
    exit 0
fi

# dpkg must not ask anything; sudo drops variables, hence env.
as_root apt-get -qq update || die "apt-get update failed"
# shellcheck disable=SC2086 # a list of words
as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing \
    >/dev/null || die "apt-get could not install:$missing"
echo "Installed:$missing"
