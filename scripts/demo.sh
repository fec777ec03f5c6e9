#!/bin/bash
# SPDX-License-Identifier: ISC
#
# See it work: install what is missing, build, run a unikernel as a sandboxed process
# on this machine and as a virtual machine on emulated AArch64 hardware with KVM,
# ping it, read its disk. Leaves a build folder and a cache of packages, nothing else.
set -eu -o pipefail

top=$(cd -- "$(dirname -- "$0")/.." && pwd)
case $(uname -m) in
aarch64) native=aarch64 ;;
*) native=x86_64 ;;
esac
pings=1000

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

step() { # step TEXT COMMAND...: say what, do it, say how long it took
    local text=$1 start=$SECONDS
    shift
    printf '\n==> %s\n' "$text"
    "$@"
    printf '    (%d s)\n' $((SECONDS - start))
}

build() { # build CPU [VARIABLE=VALUE...]: tenders, toolchain and examples for CPU
    mkdir -p "$top/build/demo/$1"
    cd "$top/build/demo/$1"
    env "${@:2}" "$top/configure.sh"
    make -s -j"$(nproc)" tenders examples
    cd "$top"
}

build_aarch64() {
    if [ "$native" = aarch64 ]; then
        return
    fi
    local pkg_config
    pkg_config=$("$top/scripts/sysroot" --pkg-config arm64)
    build aarch64 HOST_CC=aarch64-linux-gnu-gcc HOST_AR=aarch64-linux-gnu-ar \
        HOST_PKG_CONFIG="$pkg_config" TARGET_CC=aarch64-linux-gnu-gcc \
        TARGET_LD=aarch64-linux-gnu-ld TARGET_OBJCOPY=aarch64-linux-gnu-objcopy
}

make_disk() { # make_disk FILE
    printf 'Hello from block 0 of the disk.\n' >"$1"
    truncate -s 1M "$1"
}

hello() {
    local out=$top/build/demo/$native
    "$out/tenders/spt/solo5-spt" --mem=16 "$out/examples/out/hello.spt" from the demo
}

# The network and the disk under spt, here.
spt_net() {
    local out=$top/build/demo/$native disk
    disk=$(mktemp)
    make_disk "$disk"
    as_root "$top/scripts/demo-net" "$out/tenders/spt/solo5-spt" \
        "$out/examples/out/netdisk.spt" "$pings" "$disk" || { rm -f "$disk"; return 1; }
    rm -f "$disk"
}

# What the emulated machine gets.
bundle() { # bundle DIR
    local out=$top/build/demo/aarch64
    cp "$out"/tenders/*/solo5-hvt "$out"/tenders/*/solo5-spt "$out"/examples/out/hello.* \
        "$out"/examples/out/netdisk.* "$top/scripts/demo-net" "$1"
    make_disk "$1/disk"
}

in_machine() { # in_machine: run hello and the network inside emulated AArch64
    local dir status=0
    dir=$(mktemp -d)
    bundle "$dir"
    cat >"$dir/run" <<RUN
set -e
echo "This is \$(uname -m) with \$(ls /dev/kvm), Linux \$(uname -r)."
./solo5-hvt --mem=16 hello.hvt from the demo
echo
echo "The network and the disk under hvt:"
./demo-net ./solo5-hvt netdisk.hvt $pings disk
$1
RUN
    "$top/scripts/vm" --arch aarch64 "$dir" bash ./run || status=$?
    rm -rf "$dir"
    return $status
}

start=$SECONDS
step "Install what is missing" "$top/scripts/install-deps.sh" test
step "Build for $native: tenders, bindings, examples" build "$native"
step "hello as a process, under solo5-spt" hello

more=
if [ -c /dev/net/tun ]; then
    step "netdisk under solo5-spt on a tap in a network namespace: $pings pings, its disk" spt_net
else
    echo
    echo "There is no /dev/net/tun here: the spt network step runs in the emulated machine."
    more="echo; echo 'The network and the disk under spt:'
./demo-net ./solo5-spt netdisk.spt $pings disk"
fi

step "Build the same sources for AArch64" build_aarch64
step "The same under solo5-hvt, in an emulated AArch64 machine with KVM" in_machine "$more"

printf '\nDone in %d s. README.md says how to write an image of your own.\n' $((SECONDS - start))
