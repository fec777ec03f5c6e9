#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Install what is missing, build everything and run all tests, from the formatting
# rules to guests under hvt and spt in emulated machines of both CPUs. Prints the
# seconds each level took and ends with the counts of all.
#
#   check.sh              all levels
#   check.sh LEVEL...     only these
set -eu -o pipefail

top=$(cd -- "$(dirname -- "$0")/.." && pwd)
build=$top/build/check
case $(uname -m) in
aarch64) native=aarch64 other=x86_64 ;;
*) native=x86_64 other=aarch64 ;;
esac
jobs=-j$(nproc)

configured() { # configured FOLDER VARIABLE=VALUE...: a build folder, ready for make
    mkdir -p "$build/$1"
    (cd "$build/$1" && env "${@:2}" "$top/configure.sh" --prefix=/usr/local)
}

make_in() { # make_in FOLDER TARGET...
    make -s -C "$build/$1" $jobs "${@:2}"
}

# A build that works is a test of its own.
built() { # built NAME COMMAND...
    local name=$1
    shift
    if "$@"; then
        echo "ok - build: $name"
        echo "1 passed, 0 failed, 0 skipped"
    else
        echo "not ok - build: $name"
        echo "0 passed, 1 failed, 0 skipped"
        return 1
    fi
}

# Debian's mirror may be out of reach; then the cases that need what it has are skipped. A
# plain make builds what is there once more, and must be able to.
with_sources() {
    make_in "$1" -k libc || echo "# $1: not all guests with a C library are built"
    make_in "$1" httpd || echo "# $1: no web server, it is not built"
    make_in "$1"
}

build_native() {
    configured "$native" CC=cc && make_in "$native" all unit && with_sources "$native"
}
build_clang() {
    configured clang HOST_CC=clang TARGET_CC=clang && make_in clang
}
build_other() {
    local tools
    tools=$("$top/scripts/cross-tools" $other) || return
    # shellcheck disable=SC2086
    configured "$other" $tools && make_in "$other" && with_sources "$other"
}

level_format() { "$top/scripts/check-format"; }
level_includes() { "$top/scripts/check-includes"; }
level_abi() { "$top/tests/abi/run"; }
level_scripts() { "$top/tests/scripts/run"; }
level_build() { built "gcc, $native" build_native; }
level_build_clang() { built "clang, $native" build_clang; }
level_build_other() { built "gcc, $other (cross)" build_other; }
level_unit() { make_in "$native" check-unit; }
level_fuzz() { make_in "$native" fuzz T=20; }
level_prove() { make_in "$native" prove; }
level_tools() { make_in "$native" check-tools; }
level_install() { make_in "$native" check-install OTHER="$build/$other"; }
level_spt() { make_in "$native" check-spt; }
level_bench() { make_in "$native" check-bench; }
# Those of hvt, which needs a machine.
level_bench_hvt() { "$top/bench/run" --build "$build/aarch64" --vm --target hvt --check; }
level_debug_aarch64() { make_in aarch64 check-debug; }
level_debug_x86_64() { make_in x86_64 check-debug; }
level_vm_hvt_aarch64() { check_vm aarch64 hvt; }
level_vm_spt_aarch64() { check_vm aarch64 spt; }
level_vm_hvt_x86_64() { check_vm x86_64 hvt; }
level_vm_spt_x86_64() { check_vm x86_64 spt; }

check_vm() { make_in "$1" check-vm CASES="--target $2"; } # check_vm CPU TARGET

# Levels joined by + run at the same time, in folders where all is built by then: an emulated
# machine keeps one CPU busy, and so does a fuzzer. Level spt has run the guests of this
# machine's CPU, and faster.
all_levels="format includes abi scripts build build_clang build_other unit prove tools bench+bench_hvt install+fuzz+spt
    debug_aarch64+debug_x86_64 vm_hvt_$other+vm_spt_$other+vm_hvt_$native"

passed=0 failed=0 skipped=0
summary=
logs=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$logs"' EXIT

start_level() { # start_level NAME: in the background
    (
        begin=$SECONDS status=0
        "level_$1" </dev/null >"$logs/$1" 2>&1 || status=$?
        echo "$status $((SECONDS - begin))" >"$logs/$1.end.new"
        mv "$logs/$1.end.new" "$logs/$1.end"
    ) &
}

finish_level() { # finish_level NAME: show its output as it comes, then count it
    local status seconds counts p f s
    echo "== $1"
    # A level's own counts must not look like the last line of all.
    tail -n +1 -f --pid=$$ "$logs/$1" 2>/dev/null |
        sed -uE 's/^([0-9]+ passed, [0-9]+ failed, [0-9]+ skipped)$/# \1/' &
    while [ ! -e "$logs/$1.end" ]; do
        sleep 0.2
    done
    sleep 1
    pkill -P $$ -x tail || true
    wait $! || true
    read -r status seconds <"$logs/$1.end"
    # A level may have several parts, each with its counts.
    counts=$(awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5; n++ }
        END { if (n) print p " passed, " f " failed, " s " skipped" }' "$logs/$1")
    # A level that failed without counting a failure, or counted nothing, failed.
    if [ -z "$counts" ] || { [ "$status" != 0 ] && [[ $counts == *' 0 failed,'* ]]; }; then
        echo "not ok - level $1 ended with status $status and: ${counts:-no counts}"
        counts="0 passed, 1 failed, 0 skipped"
    fi
    read -r p _ f _ s _ <<<"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    summary+=$(printf '%-15s %5ds  %s' "$1" "$seconds" "$counts")$'\n'
}

"$top/scripts/install-deps.sh" test
for group in ${*:-$all_levels}; do
    read -ra levels <<<"${group//+/ }"
    for level in "${levels[@]}"; do
        declare -F "level_$level" >/dev/null || {
            echo "check.sh: no level '$level'. Levels: "$all_levels >&2
            exit 1
        }
        : >"$logs/$level"
        start_level "$level"
    done
    for level in "${levels[@]}"; do
        finish_level "$level"
    done
done

printf '\nlevel           seconds  results\n%s\n' "$summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
