# Counts the clauses that a run has kept. First the file with the names of the tests that passed, then docs/clauses.md: a row is
# kept where its last column says so and every test that it names has passed.

BEGIN { FS = " [|] " }
FILENAME == ARGV[1] { passed[$0] = 1; next }
/^[|] S[0-9]-[0-9][0-9] [|] / {
    clauses++
    state = $5
    sub(/ [|]$/, "", state)
    if (state != "kept") next
    held = 1
    count = split($4, tests, /[`, ]+/)
    for (i = 1; i <= count; i++) if (tests[i] != "" && !(tests[i] in passed)) { held = 0; print "not kept in this run: " substr($1, 3) ", by " tests[i] > "/dev/stderr" }
    kept += held
}
END { print "clauses kept: " kept + 0 " of " clauses + 0 }
