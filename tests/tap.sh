# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# The Test Anything Protocol for the shell tests. Source this, then report each
# result with one call; tap_end prints the plan and the totals and ends the
# script: status 0 if nothing failed.

tap_n=0
tap_passed=0
tap_failed=0
tap_skipped=0

tap_line() {
    tap_n=$((tap_n + 1))
    echo "$1 $tap_n - $2"
}

# tap_ok NAME
tap_ok() {
    tap_passed=$((tap_passed + 1))
    tap_line ok "$1"
}

# tap_not_ok NAME: what is on standard input says why
tap_not_ok() {
    tap_failed=$((tap_failed + 1))
    tap_line "not ok" "$1"
    sed 's/^/# /'
}

# tap_skip NAME REASON
tap_skip() {
    tap_skipped=$((tap_skipped + 1))
    tap_line ok "$1 # SKIP $2"
}

tap_end() {
    echo "1..$tap_n"
    echo "$tap_passed passed, $tap_failed failed, $tap_skipped skipped"
    [ "$tap_n" -gt 0 ] && [ "$tap_failed" -eq 0 ]
    exit
}
