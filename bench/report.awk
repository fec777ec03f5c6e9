# SPDX-License-Identifier: ISC
#
# report.awk ROWS RAW: what `measure` found, as `rows` says, as a table or as JSON.
# Variables: format, targets, setting, reference (1: show that column).

function trim(s) { gsub(/^ +| +$/, "", s); return s }

FNR == NR {
    if ($0 ~ /^#/ || $0 == "") next
    n = split($0, f, "|")
    rows++
    for (i = 1; i <= 7; i++) row[rows, i] = i <= n ? trim(f[i]) : ""
    next
}

# The least of all repeats.
NF == 4 {
    if (!(($1, $2) in least) || $3 < least[$1, $2]) least[$1, $2] = $3
    if (!(($1, $2) in median) || $4 < median[$1, $2]) median[$1, $2] = $4
    if ($1 ~ /^other-/) others = 1
}

# A sum of keys, of WHO or as the prefix says; "" if one is missing.
function value(sum, who, target, unit, found,    n, t, i, sign, total, w, k) {
    if (sum == "") return ""
    n = split(sum, t, " ")
    sign = 1
    total = 0
    for (i = 1; i <= n; i++) {
        if (t[i] == "+" || t[i] == "-") { sign = t[i] == "+" ? 1 : -1; continue }
        w = who
        k = t[i]
        if (k ~ /^f\./) w = "floor"
        if (k ~ /^t\./) w = target
        sub(/^[ft]\./, "", k)
        if (!((w, k) in found)) return ""
        total += sign * found[w, k]
    }
    return unit == "ns" ? total / 1000 : total
}

# "yes", "no" or "": is it reached?
function reached(goal, ours, floor,    kind, v) {
    kind = substr(goal, 1, 1)
    v = substr(goal, 2) + 0
    if (goal == "" || (kind != "<" && floor == "")) return ""
    if (kind == "x") return ours <= floor * v ? "yes" : "no"
    if (kind == "+") return ours <= floor + v ? "yes" : "no"
    return ours <= v ? "yes" : "no"
}

function show(v) { return v == "" ? "" : sprintf(v < 100 ? "%.1f" : "%.0f", v) }
function quoted(s) { gsub(/["\\]/, "\\\\&", s); return s == "" ? "null" : "\"" s "\"" }
function number(s) { return s == "" ? "null" : s }
function truth(s) { return s == "" ? "null" : s == "yes" ? "true" : "false" }

function title(target) {
    printf "\n%-40s %9s %9s %7s  %-8s %-3s", target, "ours", "floor", "ratio", "goal", ""
    if (reference) printf " %8s", "0.12.1"
    if (others) printf " %9s", "other"
    printf "\n"
}

function line(r, target,    unit, ours, floor, ratio, goal, said, met, other, ref) {
    unit = row[r, 2]
    ours = value(row[r, 4], target, target, unit, least)
    if (ours == "") return
    floor = value(row[r, 5], "floor", target, unit, least)
    ratio = floor == "" || floor <= 0 ? "" : sprintf("%.2f", ours / floor)
    goal = said = row[r, 6]
    sub(/ *>.*/, "", goal)
    sub(/.*> */, "", said)
    met = reached(goal, ours, floor)
    other = others ? value(row[r, 4], "other-" target, "other-" target, unit, least) : ""
    ref = reference ? row[r, 7] : ""
    if (format == "json") {
        printf "%s\n{\"target\": %s, \"operation\": %s, \"unit\": %s, \"ours\": %s, " \
            "\"median\": %s, \"floor\": %s, \"ratio\": %s, \"goal\": %s, \"reached\": %s, " \
            "\"release_0_12_1\": %s, \"other\": %s}", printed++ ? "," : "", quoted(target),
            quoted(row[r, 3]), quoted(unit), ours,
            number(value(row[r, 4], target, target, unit, median)), number(floor),
            number(ratio), quoted(said), truth(met), number(ref), number(other)
        return
    }
    if (!printed++) title(target)
    printf "%-40s %9s %9s %7s  %-8s %-3s", row[r, 3] (unit == "ns" ? "" : ", " unit), show(ours),
        show(floor), ratio, said, met
    if (reference) printf " %8s", ref
    if (others) printf " %9s", show(other)
    printf "\n"
}

END {
    if (format == "json")
        printf "{\n\"setting\": %s,\n\"rows\": [", quoted(setting)
    else
        printf "%s; ns, the least of all rounds\n", setting
    n = split(targets, target, " ")
    for (t = 1; t <= n; t++) {
        if (format != "json") printed = 0
        for (r = 1; r <= rows; r++)
            if (row[r, 1] == target[t] || row[r, 1] == "all") line(r, target[t])
    }
    if (format == "json") printf "\n]\n}\n"
}
