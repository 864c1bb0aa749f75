# Passes a test run on to the reader and counts it. Output of tests that passed is left out, except their lines
# `SKIPPED why`: a test that says so counts as skipped and not as passed. The sums are written to the file `tally`, and the
# names of the tests that passed, without their modules, to the file `names`.

function pass_on() { print; fflush() }

/^test [^ ]+ \.\.\. ok$/ { good[$2] = 1 }
/^successes:$/ { quiet = 1; test = ""; next }
/^failures:$/ { quiet = 0; test = "" }
/^---- .* stdout ----$/ { test = $2 }
/^test result: / {
    quiet = 0; test = ""
    for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) passed += $(i - 1)
        if ($i ~ /^failed/) failed += $(i - 1)
        if ($i ~ /^ignored/) skipped += $(i - 1)
    }
}
# With --nocapture the line may follow `test name ... ` and names no test: then each line counts.
/^SKIPPED |\.\.\. SKIPPED / {
    if (quiet || test == "") {
        if (test == "" || !(test in said)) told++
        if (test != "") { said[test] = 1; $0 = $0 "  (" test ")" }
    }
    pass_on(); next
}
!quiet { pass_on() }
END {
    if (told > passed) told = passed
    print passed - told, failed + 0, skipped + told > tally
    printf "" > names
    for (test in good) {
        if (test in said) continue
        sub(/.*::/, "", test)
        print test > names
    }
}
