# The one door: README, scripts and CI call these.
.PHONY: run test lint format bench settings

# A server with S3 as its store; settings from the environment and .env.
run:
	scripts/run

# All tests, against a real S3 server process that is started for them.
test:
	scripts/test

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift
	for file in scripts/run scripts/test scripts/test-kernels scripts/test-next-format scripts/common.sh .ci/run; do bash -n $$file || exit 1; done
	python3 -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' \
		scripts/bench scripts/bench-* scripts/*.py scripts/bench_tools/*.py

format:
	swift format --in-place --recursive Sources Tests Benchmarks Package.swift

# Beside Chroma, over HTTP: a table and a plot of queries/s against recall. Without data, records are made up.
bench:
	scripts/bench

# Makes .env.example and docs/CONFIGURATION.md anew from the table of settings.
settings:
	swift build -c release --product apus
	.build/release/apus settings --format env > .env.example
	.build/release/apus settings --format markdown > docs/CONFIGURATION.md
