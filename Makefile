# The project's commands. `make run` and `make test` need nothing but Debian 12 and root.
.PHONY: run test build fuzz bench security-test format clean
run:   ; @scripts/run.sh
test:  ; @scripts/test.sh
build: ; @scripts/build.sh
# each fuzz target for 30 s (SECONDS_EACH=5 make fuzz for a quick look)
fuzz:  ; @scripts/fuzz.sh
# every figure of README.md's table; about five minutes
bench: ; @scripts/bench.sh
# attacks as an assessor stages them, what other monitors' users complain of, an ordinary day, scanners against the API
security-test: ; @scripts/security-test.sh
format: ; @git ls-files '*.cpp' '*.h' | xargs clang-format-19 -i
clean: ; @rm -rf build build-* console/dist
