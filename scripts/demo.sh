#!/bin/bash
# SPDX-License-Identifier: ISC
#
# See it work: install what is missing, build, run unikernels as sandboxed processes
# on this machine and as virtual machines on emulated AArch64 hardware with KVM, ping
# them, read their disk, and load a web server. Leaves a build folder and a cache of packages, nothing else.
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
    local text=$1 begin=$SECONDS
    shift
    printf '\n==> %s\n' "$text"
    "$@"
    printf '    (%d s)\n' $((SECONDS - begin))
}

build() { "$top/scripts/demo-build" "$1" tenders examples httpd; }

make_disk() { # make_disk FILE
    printf 'Hello from block 0 of the disk.\n' >"$1"
    truncate -s 1M "$1"
}

hello() {
    local out=$top/build/demo/$native
    "$out/tenders/spt/solo5-spt" --mem=16 "$out/examples/out/hello.spt" from the demo
}

# What to show of the network with one tender: words for demo-net, a line each.
net_shows() { # net_shows TARGET DISK
    echo "netecho.$1 $pings"
    echo "netdisk.$1 10 $2"
}

# The network under spt, here.
spt_net() {
    local out=$top/build/demo/$native dir status=0
    dir=$(mktemp -d)
    make_disk "$dir/disk"
    while read -r image words; do
        # shellcheck disable=SC2086
        as_root "$top/scripts/demo-net" "$out/tenders/spt/solo5-spt" \
            "$out/examples/out/$image" $words </dev/null || status=$?
    done < <(net_shows spt "$dir/disk")
    rm -rf "$dir"
    return $status
}

# What the emulated machine gets.
bundle() { # bundle DIR
    local out=$top/build/demo/aarch64
    cp "$out/tenders/hvt/solo5-hvt" "$out/tenders/spt/solo5-spt" \
        "$out"/examples/out/*.hvt "$out"/examples/out/*.spt "$top/scripts/demo-net" "$1"
    make_disk "$1/disk"
}

in_machine() { # in_machine TARGET...: hello and the network inside emulated AArch64
    local dir target status=0
    dir=$(mktemp -d)
    bundle "$dir"
    {
        echo 'set -e; echo "This is $(uname -m) with $(ls /dev/kvm), Linux $(uname -r)."'
        for target; do
            echo "./solo5-$target --mem=16 hello.$target from the demo"
            net_shows "$target" disk | sed "s|^|./demo-net ./solo5-$target |"
        done
    } >"$dir/run"
    "$top/scripts/vm" --arch aarch64 "$dir" bash ./run || status=$?
    rm -rf "$dir"
    return $status
}

begin=$SECONDS
step "Install what is missing" "$top/scripts/install-deps.sh" demo
step "Build for $native: tenders, bindings, examples" build "$native"
step "hello as a process, under solo5-spt" hello

also=
if [ -c /dev/net/tun ]; then
    step "netecho and netdisk under solo5-spt, on a tap in a network namespace" spt_net
    step "httpd, a web server on lwIP, under solo5-spt" "$top/examples/httpd/run" spt 10000 50
else
    printf '\nThere is no /dev/net/tun here: spt gets its network in the emulated machine.\n'
    also=spt
fi

step "Build the same sources for AArch64" build aarch64
# shellcheck disable=SC2086
step "The same under solo5-hvt, in an emulated AArch64 machine with KVM" in_machine hvt $also

step "httpd under solo5-hvt, in the emulated AArch64 machine" "$top/examples/httpd/run" hvt 500 20

printf '\nDone in %d s. README.md says how to write an image of your own.\n' $((SECONDS - begin))
