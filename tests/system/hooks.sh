# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# What the stanzas of suite/ call. All of it runs in the case's folder.
# shellcheck disable=SC2154 # helper, netns, pid are the runner's

#
# run = HOOK: how the tender is started. $@ is the command: timeout -k 5 SECONDS and
# the tender's. $E is exec when it runs in the background, so that $pid is timeout,
# which passes signals on.
#
# shellcheck disable=SC2086
run_plain() { $E "$@" </dev/null >stdout 2>stderr; }
run_closed0() { $E "$@" <&- >stdout 2>stderr; }
run_closed1() { $E "$@" </dev/null >&- 2>stderr; }
run_closed2() { $E "$@" </dev/null >stdout 2>&-; }
run_closed() { $E "$@" <&- >&- 2>&-; }
run_full() { $E "$@" </dev/null >/dev/full 2>stderr; }
run_broken_pipe() { $E "$helper" stdout broken-pipe "$@" </dev/null 2>stderr; }
run_full_pipe_nonblock() { $E "$helper" stdout full-pipe-nonblock "$@" </dev/null 2>stderr; }
run_hold_tap() { $E "$helper" hold-tap tap0 "$@" </dev/null >stdout 2>stderr; }
run_fd_tap() { $E "$helper" fd-tap tap0 10 "$@" </dev/null >stdout 2>stderr; }
run_frames() { $E "$helper" frames 10 frames "$@" </dev/null >stdout 2>stderr; }
# Of a hundred frames one each is lost, doubled, late and damaged.
run_bad_wire() {
    $E "${@:1:4}" "$helper" bad-wire tap0 10 1 "${@:5}" </dev/null >stdout 2>stderr
}
run_fd_dgram() { $E "$helper" fd-socket dgram 10 "$@" </dev/null >stdout 2>stderr; }
run_fd_seqpacket() { $E "$helper" fd-socket seqpacket 10 "$@" </dev/null >stdout 2>stderr; }
run_fd_disk() { $E "$@" </dev/null >stdout 2>stderr 10<>disk; }
run_fd_disk_ro() { $E "$@" </dev/null >stdout 2>stderr 10<disk; }
# The C library's loader tells what it does, at the end, too.
run_ld_debug() { LD_DEBUG=all $E "$@" </dev/null >stdout 2>stderr; }
# Of descriptors the standard ones alone: the next file that is opened is 3.
run_only_standard() { $E "$@" </dev/null >stdout 2>stderr 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; }
# Its system calls are noted in the file calls.
run_traced() {
    $E "${@:1:4}" "$helper" calls calls "${@:5}" </dev/null >stdout 2>stderr
}
run_no_proc() {
    $E unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@" </dev/null >stdout 2>stderr
}
run_no_proc_disk() { run_no_proc "$@" 10<>disk; }
# After another one, waiting for its disk to be spoiled, was killed.
run_after_killed() {
    "${@:5}" wait </dev/null >stdout 2>stderr &
    pid=$!
    wait_for '^ready'
    kill -9 "$pid"
    wait "$pid"
    $E "$@" </dev/null >stdout 2>stderr
}
run_nobody() {
    $E setpriv --reuid=65534 --regid=65534 --clear-groups "$@" </dev/null >stdout 2>stderr
}
# Let it run for a while, then end it with a signal.
run_term() { timeout --preserve-status -k 5 "$((2 * factor))" "${@:5}" </dev/null >stdout 2>stderr; }
run_int() {
    timeout --preserve-status -s INT -k 5 "$((2 * factor))" "${@:5}" </dev/null >stdout 2>stderr
}
# Status 0 if the host's mapping or the guest's tables stopped it.
run_stopped() {
    "$@" </dev/null >stdout 2>stderr
    case $? in
    1) grep -q 'host/guest translation fault' stderr ;;
    255) grep -q ABORT stdout ;;
    *) false ;;
    esac
}
# As process 1 of a process namespace, as in a container.
run_init_term() {
    local i
    unshare --pid --fork --kill-child "${@:5}" </dev/null >stdout 2>stderr &
    pid=$!
    wait_for '^waiting$'
    kill "$(child_of "$pid")"
    for ((i = 0; i < 50 * factor; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null
    wait "$pid"
}
# Files may not grow beyond 4 KiB.
run_file_limit() { (ulimit -f 4 && exec "$@" </dev/null >stdout 2>stderr); }
# Not even the smallest file may be written; pipes are none.
run_no_files() {
    (ulimit -f 0 && exec "$@" </dev/null 2>&1) | cat >stdout
    return "${PIPESTATUS[0]}"
}
# Again and again, and killed at some moment: each time, what the guest blk_numbered was told is
# written must be in the file.
run_killed_writing() {
    local i rounds=$((factor > 1 ? 5 : 20))
    for ((i = 0; i < rounds; i++)); do
        : >disk
        : >stdout # now: the last round's would be taken for this one's until the tender starts
        disk 1M
        "${@:5}" </dev/null >stdout 2>>stderr &
        pid=$!
        wait_for '^1$' || return
        sleep "0.$((RANDOM % 100 + 100))"
        kill -9 "$pid"
        wait "$pid"
        [ $? = 137 ] && "$helper" numbered disk stdout >>rounds || return
    done
}
# 1000 times, and killed by a signal each time: at once, after some milliseconds, or, every fourth
# time and the last, when the guest serves. It can have the tap and the disk again then, so the
# others have left neither. Fewer in slow machines. What this shell has of it is counted
# without a subshell, which would be counted, too.
run_start_kill() {
    local i children before after signal n=$((250 / (factor * factor / 4 + 1) * 4 + 1))
    before=(/proc/self/fd/*)
    for ((i = 0; i < n; i++)); do
        : >stdout
        "${@:5}" </dev/null >stdout 2>>stderr &
        pid=$!
        case $((i % 4)) in
        0) wait_for '^netdisk: serving' || return ;;
        1) ;;
        *) sleep "0.00$((RANDOM % 10))" ;;
        esac
        signal=$((i % 3 ? 9 : 15))
        kill -"$signal" "$pid"
        wait "$pid"
        [ $? = $((128 + signal)) ] || return
    done
    read -r children <"/proc/$BASHPID/task/$BASHPID/children"
    after=(/proc/self/fd/*)
    echo "$i cycles, children: $children, ${#before[@]} and ${#after[@]} descriptors" >cycles
    [ -z "$children" ] && [ ${#before[@]} = ${#after[@]} ]
}
# Where the core file would be there is something.
run_core_exists() {
    $E "${@:1:4}" sh -c 'echo mine >core.solo5-hvt.$$; exec "$@"' sh "${@:5}" \
        </dev/null >stdout 2>stderr
}
run_core_link() {
    $E "${@:1:4}" sh -c 'ln -s victim core.solo5-hvt.$$; exec "$@"' sh "${@:5}" \
        </dev/null >stdout 2>stderr
}
# Of addresses, 4 GiB.
run_address_space_limit() { (ulimit -v 4194304 && exec "$@" </dev/null >stdout 2>stderr); }
run_full_pipe_term() {
    "$helper" stdout full-pipe timeout --preserve-status -k 5 "$((2 * factor))" "${@:5}" \
        </dev/null 2>stderr
}
# The guest "clocks": $1 seconds, the wall clock set ahead by $2 seconds in between.
compare_clocks() {
    local kind=same
    [ "$target" != hvt ] || kind=raw
    $E "$helper" clocks "$kind" "$1" "$2" disk "${@:3}" </dev/null >stdout 2>stderr
}
run_clocks() { compare_clocks 3 0 "$@"; }
run_clocks_minute() { compare_clocks 60 0 "$@"; }
run_clocks_step() { compare_clocks 3 4000 "$@"; }

# As an orchestrator does it: a FIFO, open for writing only, is descriptors 0, 1 and 2.
# Its reader makes ./stdout. A guest that serves or waits is ended by SIGTERM.
run_supervised() {
    local reader
    mkfifo fifo
    : >stdout
    : >stderr
    cat fifo >stdout &
    reader=$!
    exec 7>fifo
    "${@:5}" <&7 >&7 2>&7 7>&- &
    pid=$!
    exec 7>&-
    ! wait_for '^(netdisk: serving|waiting)' >wait.log || kill "$pid"
    wait "$pid"
    local status=$?
    wait "$reader"
    return "$status"
}
# Standard output is a FIFO whose reader takes 100 bytes and leaves.
run_reader_leaves() {
    head -c 100 fifo >got &
    $E "$@" </dev/null >fifo 2>stderr
}
# An ordinary user who may use /dev/kvm.
run_user() {
    local groups=--clear-groups
    [ "$target" != hvt ] || groups=--groups=$(stat -c %g /dev/kvm)
    $E setpriv --reuid=65534 --regid=65534 "$groups" "$@" </dev/null >stdout 2>stderr
}
# The same, with a tap that root has opened.
run_fd_tap_user() {
    local groups=--clear-groups
    [ "$target" != hvt ] || groups=--groups=$(stat -c %g /dev/kvm)
    $E "$helper" fd-tap tap0 10 setpriv --reuid=65534 --regid=65534 "$groups" "$@" \
        </dev/null >stdout 2>stderr
}
# ./image is on a filesystem whose files must not be executed: noexec/image.
run_noexec() {
    mkdir noexec
    unshare -m sh -c 'mount -t tmpfs -o noexec none noexec && cp image noexec && exec "$@"' \
        sh "$@" </dev/null >stdout 2>stderr
}
# A private /dev without kvm.
run_no_kvm() {
    unshare -m sh -c 'mount -t tmpfs none /dev && mknod /dev/null c 1 3 && exec "$@"' \
        sh "$@" </dev/null >stdout 2>stderr
}

# A private /dev with a kvm that only root may open.
run_no_kvm_permission() {
    unshare -m sh -c 'mount -t tmpfs none /dev && mknod -m 600 /dev/kvm c 10 232 &&
        mknod -m 666 /dev/null c 1 3 &&
        exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' \
        sh "$@" </dev/null >stdout 2>stderr
}

# A private /dev with what a network needs, and a vhost-net that is not there, or is another device.
in_small_dev() { # in_small_dev SCRIPT COMMAND...
    # shellcheck disable=SC2016 # "$@" is for the inner shell
    unshare -m sh -c 'mount -t tmpfs none /dev && mknod /dev/null c 1 3 && mknod /dev/kvm c 10 232 &&
        mkdir /dev/net && mknod /dev/net/tun c 10 200 && '"$1"' && exec "$@"' \
        sh "${@:2}" </dev/null >stdout 2>stderr
}
run_no_vhost() { in_small_dev : "$@"; }
run_null_vhost() { in_small_dev 'mknod /dev/vhost-net c 1 3' "$@"; }

run_one_cpu() { $E taskset -c 0 "$@" </dev/null >stdout 2>stderr; }

# In a sandbox whose filter answers ENOSYS; or EPERM, EINVAL and, as the outcome that counts, ENOSYS.
run_outer_once() { $E "$helper" outer 38 "$@" </dev/null >stdout 2>stderr; }
run_outer() {
    local error
    for error in 1 22; do
        "$helper" outer $error "$@" </dev/null >stdout 2>stderr || return
    done
    run_outer_once "$@"
}

# With the personality MMAP_PAGE_ZERO.
run_page_zero() { $E setarch "$(uname -m)" -Z "$@" </dev/null >stdout 2>stderr; }

# In a sandbox that refuses one call: EPERM.
run_refused_personality() {
    $E "$helper" refuse personality 1 "$@" </dev/null >stdout 2>stderr
}
run_refused_munmap() { $E "$helper" refuse munmap 1 "$@" </dev/null >stdout 2>stderr; }

# With what a careless parent leaves behind: descriptors, capabilities that are inherited, ignored
# and blocked signals, a limit for core files, things in the environment.
run_inherited() {
    ulimit -c unlimited 2>/dev/null
    trap '' USR1 SYS
    echo secret >input
    SECRET=correct-horse-battery $E "$@" <input >stdout 2>stderr \
        8<>/dev/null 9>>inherited 10<>disk 60<.
}

#
# setup, peer, check
#

# be_patient DEV: how often a guest's address is asked for there, once a second. After the usual
# three times all packets that wait for it are lost, which says something about a loaded
# machine only. (A namespace has no default of its own to set.)
be_patient() {
    local limit
    for limit in /proc/sys/net/ipv[46]/neigh/"$1"/[mu]cast_solicit; do
        echo 60 >"$limit" || return
    done
}

# tap NAME ADDRESS/LENGTH [MTU]
tap() {
    ip tuntap add dev "$1" mode tap && be_patient "$1" && ip addr add "$2" dev "$1" &&
        ip link set dev "$1" mtu "${3:-1500}" up
}

# echo_tap NAME: what is sent to it to all comes back, and nothing else.
echo_tap() {
    ip tuntap add dev "$1" mode tap && ip link add "$1-echo" type bridge mcast_snooping 0 &&
        echo 1 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6" &&
        echo 1 >"/proc/sys/net/ipv6/conf/$1-echo/disable_ipv6" &&
        ip link set "$1-echo" up && ip link set "$1" master "$1-echo" up &&
        ip link set "$1" type bridge_slave hairpin on
}

# Why there can be no taps; nothing if there can.
tap_missing() {
    if [ -z "$netns" ]; then
        echo "a network namespace (root and unshare -n)"
    elif [ ! -c /dev/net/tun ]; then
        echo "/dev/net/tun"
    elif ip tuntap add dev probe0 mode tap 2>/dev/null; then
        ip link del dev probe0
    else
        echo "ip tuntap to work"
    fi
}

# disk SIZE [NAME]: block n begins with the byte n
disk() {
    truncate -s "$1" "${2:-disk}"
}

# filled SIZE [NAME]: without holes, full of A
filled() {
    tr '\0' A </dev/zero | head -c "$1" >"${2:-disk}"
}

# wait_for REGEX [FILE]: wait until the guest has printed REGEX
wait_for() {
    local i
    for ((i = 0; i < 300 * factor; i++)); do
        ! grep -aEqs -e "$1" "${2:-stdout}" || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "guest did not print /$1/"
    return 1
}

# second OPTION...: run blk_errors once more with other options
second() {
    timeout $((60 * factor)) "$tender" "$@" "$(image_of blk_errors)" 0 \
        </dev/null >second.out 2>second.err
}

# It could not have the disk: one sentence, which names the way out.
second_is_locked_out() {
    local reason='disk: locked by another process; --block-nolock:disk attaches it all the same'
    ! second "$@" && [ ! -s second.out ] &&
        [ "$(cat second.err)" = "solo5-$target: Could not open block device: $reason" ]
}

# calls_of NAME: how many of those that run_traced noted
calls_of() { grep -c "^$1" calls; }

# no_clock_calls: the vDSO has told the time, if this machine's kernel lets it. What is before the
# filter are sanitizers.
no_clock_calls() {
    local source n
    read -r source </sys/devices/system/clocksource/clocksource0/current_clocksource
    n=$(awk '/^seccomp/ { n = 0 } /^clock_gettime/ { n++ } END { print n + 0 }' calls)
    case $source in
    tsc | arch_sys_counter) [ "$n" = 0 ] ;;
    *) echo "the vDSO does not know clock source $source" ;;
    esac
}

# ping_all ADDRESS COUNT [SECONDS [SIZE [in-parts]]]: every single one must be answered
ping_all() { "${helper%/*}/pings" "$@"; }

# taken_of TAP: how many frames the host has taken from the guest there
taken_of() { awk -v tap="$1:" '$1 == tap { print $3 }' /proc/net/dev; }

# ask ADDRESS: have the host send an ARP request for it. Nobody needs to answer.
ask() { echo >"/dev/udp/$1/9"; }

# numbered_frames N: hvt_ring's N frames have all come, in order, with their lengths
numbered_frames() {
    awk -v n="$1" '$2 != NR - 1 || $1 != 18 + $2 % 1000 { print "line " NR ": " $0; exit bad = 1 }
        END { if (!bad && NR != n) print NR " frames"; exit bad || NR != n }' frames
}

cleanup() {
    local dev
    [ -n "$netns" ] || return 0
    for dev in $(ip -o link show | sed -n 's/^[0-9]*: \(tap[^:@]*\)[:@].*/\1/p'); do
        ip link del dev "$dev"
    done
}

# edit GUEST OP...: make ./image from the guest's with some bytes changed
edit() {
    "$helper" edit "$(image_of "$1")" image "${@:2}"
}

# The last VALUE that the guest printed as NAME=VALUE.
value_of() {
    sed -n "s/^$1=//p" stdout | tail -1
}

# start_more N REGEX: N more instances, into $more; wait until each has printed REGEX
start_more() {
    local i
    more=()
    for ((i = 0; i < $1; i++)); do
        "${cmd[@]}" </dev/null >"more.$i" 2>&1 &
        more+=($!)
    done
    # shellcheck disable=SC2064 # these
    trap "kill ${more[*]}" EXIT
    for ((i = 0; i < $1; i++)); do
        pid=${more[i]} wait_for "$2" "more.$i" || return
    done
}

# mapped_kib NAME KIND PID: what the process has of file NAME: Shared or Private
mapped_kib() {
    awk -v name="/$1" -v kind="$2" '
        /^[0-9a-f]+-[0-9a-f]+ / { of = substr($0, length($0) - length(name) + 1) == name }
        of && $1 ~ "^" kind "_(Clean|Dirty):" { sum += $2 }
        END { print sum + 0 }' "/proc/$3/smaps"
}

# image_is_shared NAME PID...: of each process 5 MB at least, and little of its own
image_is_shared() {
    local name=$1 p shared private
    shift
    for p; do
        shared=$(mapped_kib "$name" Shared "$p")
        private=$(mapped_kib "$name" Private "$p")
        echo "$p: $shared KiB shared, $private KiB private"
        ((shared >= 5000 && private <= 128)) || return
    done
}

child_of() {
    tr -d ' ' <"/proc/$1/task/$1/children"
}

# $pid is timeout; the tender is its child. Clock ticks of CPU it has used.
cpu_used() {
    # shellcheck disable=SC2046 # words are wanted; the name has no blanks
    set -- $(cat "/proc/$(child_of "$pid")/stat")
    echo $((${14} + ${15}))
}

# status_is PID KEY VALUE: in every thread
status_is() {
    local f v
    for f in "/proc/$1"/task/*/status; do
        v=$(sed -n "s/^$2:[[:space:]]*//p" "$f")
        [ "$v" = "$3" ] || {
            echo "$f: $2 is '$v', not '$3'"
            return 1
        }
    done
}

# walls_stand PID: what a tender gives up is gone, in every thread
walls_stand() {
    local key pid=$1
    for key in CapInh CapPrm CapEff CapAmb; do
        status_is "$pid" "$key" 0000000000000000 || return
    done
    [ "$(id -u)" != 0 ] || [ -n "$(grep -s CapBnd:.*0000000000000000 /proc/self/status)" ] ||
        status_is "$pid" CapBnd 0000000000000000 || return
    status_is "$pid" NoNewPrivs 1 && status_is "$pid" Seccomp 2 &&
        grep -q '^Max core file size  *0  *0 ' "/proc/$pid/limits"
}

# descriptors PID: of each what it is, in the order of their numbers but for those above 2
descriptors() {
    local fd
    for fd in 0 1 2; do
        readlink "/proc/$1/fd/$fd" || echo closed
    done | tr '\n' ' '
    for fd in "/proc/$1"/fd/*; do
        case ${fd##*/} in 0 | 1 | 2) ;; *) readlink "$fd" ;; esac
    done | sort | tr '\n' ' '
}

# same_descriptors PID: each of its threads has those of the others
same_descriptors() {
    local task
    for task in "/proc/$1"/task/*; do
        readlink "$task"/fd/* | cksum
    done | sort -u | awk 'END { exit NR != 1 }'
}

# foreign_memory PID END: what is mapped from END on (hexadecimal digits), of the guest's memory
foreign_memory() {
    awk -v end="$2" '{
        split($1, range, "-")
        sub(/^0*/, "", range[1])
        if (length(range[1]) > length(end) || (length(range[1]) == length(end) && range[1] >= end))
            print (NF > 5 ? $6 : "anonymous"), $2
    }' "/proc/$1/maps"
}

# sealed PID: how many pieces of its vDSO the kernel does not unmap
sealed() {
    awk '/^VmFlags:/ && piece && / sl( |$)/ { n++ }
        { piece = / \[v(dso|var)/ || (piece && !/^VmFlags:/) }
        END { print n + 0 }' "/proc/$1/smaps"
}

# private_kib PID: what it has for itself alone
private_kib() {
    awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum + 0 }' "/proc/$1/smaps"
}

# has_huge_pages PID: asked for, and here if the kernel gives 2 MiB to who asks
has_huge_pages() {
    local file=/sys/kernel/mm/transparent_hugepage/enabled
    grep -q '^VmFlags:.* hg' "/proc/$1/smaps" || return
    [ "$page" = 4096 ] && grep -qs '\[\(always\|madvise\)\]' $file || return 0
    awk '/^AnonHugePages:/ { sum += $2 } END { print sum " KiB in huge pages"; exit sum < 4096 }' \
        "/proc/$1/smaps"
}

# starts_with N: an image of N more segments, each a mapping. It starts, and then the constants of the
# handler of signals can't be written, or it is refused with a sentence, and this fails.
starts_with() {
    local mem=$(($1 * page / 1048576 + 16)) started=''
    "$helper" segments "$(image_of forever)" image "$1" || exit
    : >many.out
    "$tender" --mem=$mem image >many.out 2>many.err &
    pid=$!
    ! wait_for '^waiting$' many.out >wait.log || started=1
    [ -z "$started" ] || foreign_memory $pid "$(printf %x $((mem << 20)))" >maps
    kill $pid 2>/dev/null
    wait $pid
    echo "$1: $?: $(cat many.err)"
    if [ -n "$started" ]; then
        [ "$(grep -c '^anonymous r--p$' maps)" = 1 ] && [ "$(grep -c '^anonymous rw-p$' maps)" = 1 ] ||
            { cat maps && echo 'its constants can be written' && exit 1; }
    else
        [ "$(grep -c "^solo5-$target: " many.err)" = 1 ] && [ "$(wc -l <many.err)" = 1 ] || exit 1
        return 1
    fi
}

# All mappings that a process may have are used up, by one more segment or one fewer. In a machine of
# the tests' own they are fewer.
use_up_mappings() {
    local limit few many half
    limit=$(cat /proc/sys/vm/max_map_count)
    if [ -n "$own_machine" ]; then
        # shellcheck disable=SC2064 # as it is now
        trap "echo $limit >/proc/sys/vm/max_map_count" EXIT
        limit=600
        echo $limit >/proc/sys/vm/max_map_count || return
    fi
    few=$((limit - 150)) many=$((limit - 10))
    starts_with $few && ! starts_with $many || return
    while [ $((many - few)) -gt 1 ]; do
        half=$(((few + many) / 2))
        if starts_with $half; then few=$half; else many=$half; fi
    done
    starts_with $((few - 1))
}

# fetch_blocks ADDRESS N: the first N blocks of netdisk's disk, each by a datagram
fetch_blocks() {
    local i
    for ((i = 0; i < $2; i++)); do
        exec 3<>"/dev/udp/$1/7000" || return
        printf 'read %d' "$i" >&3
        timeout $((10 * factor)) dd bs=4096 count=1 status=none <&3 || return
        exec 3>&-
    done
}

# web COMMAND...: system/web.c
web() {
    timeout $((120 * factor)) "$build/tests/out/web" "$@"
}

# site: httpd's pages as ./disk, and one of them as ./big
site() {
    cp "$build/tests/out/site.tar" disk && truncate -s %32K disk && seq 1 100000 >big
}

# httpd_setup [MTU]: its disk, its network
httpd_setup() {
    site && tap tap0 10.0.0.1/24 "${1:-1500}"
}

# httpd is there and, after all that was done to it, has no connection left but this one.
serves_nobody() {
    local i
    for ((i = 0; i < 600 * factor; i++)); do
        web get 10.0.0.2 /stats >stats || return
        ! grep -q '"connections": {"now": 1,' stats || return 0
        sleep 0.1
    done
    cat stats
    return 1
}

# stuck PATH N [close|often|pieces]: clients of httpd that take nothing, until the case's end
stuck() {
    "$build/tests/out/web" stuck 10.0.0.2 "$@" >clients &
    trap 'kill $(jobs -p)' EXIT
    wait_for '^stuck$' clients
}

# frames COMMAND...: system/frames.c, on tap0
frames() {
    timeout $((30 * factor)) "$build/tests/out/frames" "$1" tap0 "${@:2}"
}

# held PATH N [full]: clients of httpd that acknowledge nothing, until the case's end
held() {
    "$build/tests/out/frames" hold tap0 10.0.0.2 "$@" >clients &
    trap 'kill $(jobs -p)' EXIT
    wait_for '^held$' clients
}

#
# Hostile guests (suite/84-hostile.cfg). Many attacks are one case: each WORD is one start of
# the guest "hostile", a:b are its arguments a and b.
#

# A network that swallows frames, a disk, and what may not change.
run_hostile() {
    local via=()
    [ "$target" != hvt ] || via=("$helper" frames 11 frames)
    $E "${via[@]}" "$@" </dev/null >stdout 2>stderr 10<>disk
}
run_hostile_net() { $E "$helper" frames 11 frames "$@" </dev/null >stdout 2>stderr 10<>disk; }
run_hostile_traced() { run_hostile "${@:1:4}" "$helper" calls calls "${@:5}"; }
hostile_setup() { # hostile_setup [BYTES]
    head -c "${1:-8192}" /dev/zero | tr '\0' '\245' >disk && cp disk disk.before &&
        echo 'nobody may change this' >canary && touch -d @1000000000 canary
}

# Block 0 is what attacks write. Nobody is left, and there are no files but the case's own.
hostile_check() {
    local known=' canary disk disk.before frames attack.out attack.err attacks calls cmd stdout '
    known+='stderr status setup.log peer.log check.log '
    local f
    for f in * .[!.]*; do
        [[ ! -e $f || $known == *" $f "* ]] || { echo "there is a file $f" && return 1; }
    done
    [ "$(cat canary)" = 'nobody may change this' ] && [ "$(stat -c %Y canary)" = 1000000000 ] ||
        { echo "the canary is dead" && return 1; }
    cmp <(tail -c +513 disk) <(tail -c +513 disk.before) || return
    for f in $(find /proc/[0-9]* -maxdepth 1 -name exe -lname "$tender" 2>/dev/null); do
        [ "$(readlink "${f%exe}cwd")" != "$PWD" ] || { echo "left: $f" && return 1; }
    done
    [ -z "$own_machine" ] || ! dmesg | grep -E 'BUG:|Oops|WARNING: |Internal error'
}

# attack WORD COMMAND...: start it, under the command, with output in attack.out, attack.err
attack() {
    local via=() image
    [ "$target" != hvt ] || via=("$helper" frames 11 frames)
    image=$(image_of hostile)
    # shellcheck disable=SC2086 # words of opts and WORD are wanted
    $E "${via[@]}" "${@:2}" "$tender" $hostile_opts "$image" --solo5:quiet ${1//:/ } </dev/null \
        >attack.out 2>attack.err 10<>disk
}
hostile_opts='--mem=16 --block=@10'
[ "$target" != hvt ] || hostile_opts+=' --net=@11'

# attacks STATUSES TEXT WORD...: each ends with one of the statuses and says TEXT
attacks() {
    local ends=$1 text=$2 word status said out err
    shift 2
    for word; do
        E='' attack "$word" timeout -k 5 $((20 * factor)) 2>/dev/null
        status=$?
        mapfile -t out < <(tr -d '\0' <attack.out)
        mapfile -t err <attack.err
        said="${err[*]}${out[*]: -1}"
        echo "$word: $status: $said" >>attacks
        [[ " $ends " == *" $status "* ]] || { echo "$word: status $status: $said" && return 1; }
        [ "$status" != 1 ] || { [ ${#err[@]} = 1 ] && [[ $said == "solo5-$target: "* ]]; } ||
            { echo "$word: not one sentence: $said" && return 1; }
        [[ "${out[*]} $said" =~ $text ]] || { echo "$word: lacks '$text': $said" && return 1; }
    done
}

# net_attacks WORD...: of the guest "hostile_net" of spt, each is killed by the filter
net_attacks() {
    local word status image
    image=$(image_of hostile_net)
    for word; do
        "$helper" frames 11 frames timeout -k 5 $((20 * factor)) "$tender" $hostile_opts --net=@11 \
            "$image" --solo5:quiet "$word" </dev/null >attack.out 2>attack.err 10<>disk 2>/dev/null
        status=$?
        echo "$word: $status" >>attacks
        [ "$status" = 159 ] || { echo "$word: status $status" && return 1; }
    done
}

# start_attack WORD [COMMAND...]: in the background, as $pid
start_attack() {
    : >attack.out
    { E=exec attack "$@" & } 2>/dev/null
    pid=$!
    below=${2-}
}

# The tender: what is before it goes on as its parent.
attacker() {
    if [ "$target" = hvt ] || [ -n "$below" ]; then child_of "$pid"; else echo "$pid"; fi
}

attack_is_over() { # attack_is_over WORD STATUSES PROCESS
    local i status
    for ((i = 0; i < 100 * factor; i++)); do
        kill -0 "$3" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$3" 2>/dev/null && echo "$1: it does not end" && return 1
    wait "$pid"
    status=$?
    echo "$1: $status: after $i tenths of a second: $(head -c 200 attack.err)" >>attacks
    [[ " $2 " == *" $status "* ]] || { echo "$1: status $status" && return 1; }
}

# By SIGTERM, whatever it was doing.
attack_ends() { # attack_ends WORD STATUSES
    local t
    t=$(attacker)
    kill "$t"
    attack_is_over "$1" "$2" "$t"
}

# By itself.
attack_dies() { # attack_dies WORD STATUSES
    attack_is_over "$1" "$2" "$pid"
}

# full_pipe FILE: a FIFO that takes no more, and has a reader who does not read
full_pipe() {
    mkfifo "$1" && exec 7<>"$1" || return
    tr '\0' ' ' </dev/zero | dd of=/dev/fd/7 bs=4096 iflag=fullblock oflag=nonblock 2>/dev/null || :
}

# attacks_ended STATUSES WORD...: once each has printed "waiting", SIGTERM ends it
attacks_ended() {
    local word ends=$1
    shift
    for word; do
        start_attack "$word"
        wait_for '^waiting$' attack.out && sleep 0.3 && attack_ends "$word" "$ends" || return
    done
}

# A start takes a hundredth of a second natively, and half of one in a slow machine.
is_quick() { [ "$factor" = 1 ] || [ -n "$slow" ]; }

# quick WORD...: all of them, or some where each takes long
quick() {
    local i
    for ((i = 1; i <= $#; i++)); do
        ! is_quick && [ $((i % 3)) != 0 ] || echo "${!i}"
    done
}

# of_all KIND CALLS PLACES: KIND:CALL:PLACE for all of them, or for some
of_all() {
    local call place i=0 j
    for call in $2; do
        i=$((i + 1)) j=$i
        for place in $3; do
            j=$((j + 1))
            ! is_quick && [ $((j % 7)) != 0 ] || echo "$1:$call:$place"
        done
    done
}

# sweep VECTOR NUMBER...: which of these system calls do not kill: NUMBER=STATUS. On x86_64 Linux
# passes two calls of its own by all filters (since 6.14, 6.18): uretprobe(2), which is SIGILL
# where the kernel did not put it, and uprobe(2), which fails.
sweep() {
    local vector=$1 nr status alive=''
    shift
    for nr; do
        E='' attack "call:$nr:$vector" timeout -k 5 $((20 * factor)) 2>/dev/null
        status=$?
        case $cpu/$nr=$status in */*=159 | x86_64/335=132 | x86_64/336=0) ;; *) alive+="$nr=$status " ;; esac
    done
    echo "${alive% }"
}

# tell N N: two numbers, little-endian, at the start of the disk, where the guest can read them
tell() {
    local v i byte text=''
    for v; do
        for ((i = 0; i < 64; i += 8)); do
            printf -v byte '\\x%02x' $((v >> i & 255))
            text+=$byte
        done
    done
    printf '%b' "$text" | dd of=disk conv=notrunc status=none
}

# own_range RIGHTS: what solo5-spt has left of its own with these
own_range() {
    awk -v rights="$1" '$2 == rights && NF == 5 { print $1 }' "/proc/$(attacker)/maps" | tail -n 1
}

# tell_stack: where solo5-spt has its handler's stack, and its size
tell_stack() {
    local range
    range=$(own_range rw-p)
    echo "the stack is at $range"
    tell $((0x${range%-*})) $((0x${range#*-} - 0x${range%-*}))
}

# told_attack WORD [COMMAND...]: it knows where the stack is
told_attack() {
    tell 0 0 && start_attack "$@" && wait_for '^ready$' attack.out && tell_stack
}

# fixed_memory: what is before that stack, read-only
fixed_memory() {
    local range
    range=$(own_range r--p)
    dd "if=/proc/$(attacker)/mem" bs=$page skip=$((0x${range%-*} / page)) count=1 status=none
}

# After the filter is there, only calls that --show-policy lists, whatever came of them.
calls_are_allowed() {
    local via=()
    [ "$target" != hvt ] || via=("$helper" frames 11 frames)
    "${via[@]}" "$tender" --show-policy "${cmd[@]:1}" 10<>disk | cut -d ' ' -f 1 >attacks &&
        awk '/^seccomp/ { n = 0; next } { n++; call[n] = $1 } END { for (i = 1; i <= n; i++) print call[i] }' calls |
        sort -u >attack.out && grep -q '^seccomp' calls && ! grep -vxF -f attacks attack.out
}

# traced_attacks WORD...: the same for each of them, however it ends; the first instruction may
# be the last
traced_attacks() {
    local word
    for word; do
        : >calls
        E='' attack "$word" timeout -k 5 $((20 * factor)) "$helper" calls calls || :
        calls_are_allowed || { echo "$word" && return 1; }
    done
}
