from . import civic_bench_bare
