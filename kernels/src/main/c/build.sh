#!/bin/sh
# Builds the kernels for the machine that it runs on: build.sh OUTPUT_FOLDER
# Where no C compiler is found it says so and succeeds: everything works without, slower.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
compiler=
for candidate in "${CC:-}" cc gcc clang; do
  if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
    compiler=$candidate
    break
  fi
done
if [ -z "$compiler" ]; then
  echo "No C compiler (cc, gcc, clang) found: building without the native kernels."
  exit 0
fi
case "$(uname -s)" in
  Linux) system=linux; library=libmillrace_kernels.so ;;
  Darwin) system=macos; library=libmillrace_kernels.dylib ;;
  *) echo "No native kernels for $(uname -s)."; exit 0 ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) machine=x86_64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) echo "No native kernels for $(uname -m)."; exit 0 ;;
esac
out="$1/native/$system-$machine"
if [ -f "$out/$library" ] && [ -z "$(find "$here" -newer "$out/$library" -type f)" ]; then
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# -ffp-contract=off: a fused multiply-add stands where the source says so and nowhere else, so results are the same
# with every compiler
flags="-std=gnu11 -O3 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -fno-strict-aliasing -Wall -Wextra"
compile() { # suffix, header, flags
  "$compiler" $flags $3 -DSUFFIX="$1" -DSIMD="\"$2\"" -c "$here/kernels.c" -o "$work/$1.o"
}
compile portable simd_portable.h "-O2" &
portable=$!
if [ "$machine" = x86_64 ]; then
  compile avx2 simd_avx2.h "-mavx2 -mfma -mf16c"
  compile avx512 simd_avx512.h "-mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mprefer-vector-width=512"
  compile avx512bf16 simd_avx512.h "-DATTENTION_ALONE -mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mavx512bf16 -mprefer-vector-width=512"
fi
wait "$portable"
"$compiler" $flags -c "$here/dispatch.c" -o "$work/dispatch.o"
mkdir -p "$out"
"$compiler" -shared -o "$work/$library" "$work"/*.o -lm
mv "$work/$library" "$out/$library"
