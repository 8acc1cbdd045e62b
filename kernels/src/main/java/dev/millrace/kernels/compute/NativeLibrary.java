package dev.millrace.kernels.compute;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/**
 * The functions of src/main/c for the best instruction set that this processor has. They trust their arguments: callers
 * check sizes first.
 */
final class NativeLibrary {
    /** Names the best instruction set that may be used: for tests and for comparing. */
    static final String INSTRUCTIONS = "millrace.kernels.instructions";

    private static final int VERSION = 5;
    private static final String BF16 = "avx512bf16";
    private static final List<String> BEST_FIRST = List.of(BF16, "avx512", "avx2", "portable");

    private final SymbolLookup symbols;
    private final String instructions;
    private final MethodHandle pack;
    private final MethodHandle multiply;
    private final MethodHandle quantize;
    private final MethodHandle regroup;
    private final MethodHandle gather;
    private final MethodHandle store;
    private final MethodHandle attend;
    private final MethodHandle attendUnits;
    private final MethodHandle attendMerge;
    private final MethodHandle rmsNorm;
    private final MethodHandle rotate;
    private final MethodHandle gate;
    private final MethodHandle add;
    private final MethodHandle addBias;
    private final MethodHandle scale;

    private NativeLibrary(SymbolLookup symbols) throws NativeUnavailableException {
        this.symbols = symbols;
        int version = call("millrace_version");
        if (version != VERSION) {
            throw new NativeUnavailableException("the library has version " + version + ", expected " + VERSION);
        }
        this.instructions = choose(call("millrace_features"));
        // an address, and not a segment: each call would count users of each segment's arena, in a line of memory that
        // threads then fight for. Who calls owns those arenas, and closes them after its last call.
        MemoryLayout p = JAVA_LONG;
        MemoryLayout i = JAVA_INT;
        MemoryLayout l = JAVA_LONG;
        MemoryLayout f = JAVA_FLOAT;
        this.pack = function("pack", i, p, l, i, i, i, i, p);
        this.multiply = function("multiply", i, p, i, i, i, i, p, i, i, i, p, l);
        this.quantize = function("quantize", p, i, i, i, i, i, p);
        this.regroup = function("regroup", p, i, i, i, i, p);
        this.gather = function("gather", i, p, i, i, i, p);
        this.store = function("store", p, p, i, i, p, p, p, p, i, i, i, i, i, p, p);
        this.attend = function("attend", p, p, i, i, i, p, i, i, i, i, i, i, i, f, p, p, p);
        this.attendUnits = function("attend_units", p, i, i, p, i, i, i, i, i, i, i, f, p, p, i, i, p, p);
        this.attendMerge = function("attend_merge", i, i, i, i, i, i, p, p, p);
        this.rmsNorm = function("rms_norm", p, i, i, i, p, f, p);
        this.rotate = function("rotate", p, i, i, i, i, p, i, i, p, p);
        this.gate = function("gate", i, p, p, l, l);
        this.add = function("add", p, p, l, l);
        this.addBias = function("add_bias", p, i, i, i, p);
        this.scale = function("scale", p, l, l, f);
    }

    @SuppressWarnings("restricted") // calling C is what this class is for
    static NativeLibrary open() throws NativeUnavailableException {
        try {
            return new NativeLibrary(SymbolLookup.libraryLookup(NativeLibraryFile.find(), Arena.global()));
        } catch (IllegalArgumentException | IllegalCallerException | UnsupportedOperationException e) {
            throw new NativeUnavailableException("the library could not be loaded: " + e);
        }
    }

    /** {@code avx512bf16}, {@code avx512}, {@code avx2} or {@code portable}. */
    String instructions() {
        return instructions;
    }

    private static String choose(int features) throws NativeUnavailableException {
        String most = Optional.ofNullable(System.getProperty(INSTRUCTIONS)).orElse(BEST_FIRST.getFirst());
        if (!BEST_FIRST.contains(most)) {
            throw new NativeUnavailableException(
                    INSTRUCTIONS + " is \"" + most + "\", expected one of " + String.join(", ", BEST_FIRST));
        }
        for (String candidate : BEST_FIRST.subList(BEST_FIRST.indexOf(most), BEST_FIRST.size())) {
            boolean works = switch (candidate) {
                case BF16 -> (features & 4) != 0;
                case "avx512" -> (features & 2) != 0;
                case "avx2" -> (features & 1) != 0;
                default -> true;
            };
            if (works) {
                return candidate;
            }
        }
        throw new IllegalStateException("portable always works");
    }

    @SuppressWarnings("restricted")
    private int call(String name) throws NativeUnavailableException {
        MethodHandle handle = Linker.nativeLinker().downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT));
        try {
            return (int) handle.invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private MethodHandle function(String name, MemoryLayout... arguments) throws NativeUnavailableException {
        return function(name, FunctionDescriptor.ofVoid(arguments));
    }

    /** A function of the instruction set that was chosen. */
    @SuppressWarnings("restricted")
    MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options)
            throws NativeUnavailableException {
        // BF16 changes attention alone
        MemorySegment symbol = symbols.find(name + "_" + instructions).isEmpty() && instructions.equals(BF16)
                ? symbol(name + "_avx512")
                : symbol(name + "_" + instructions);
        return Linker.nativeLinker().downcallHandle(symbol, descriptor, options);
    }

    private MemorySegment symbol(String name) throws NativeUnavailableException {
        return symbols.find(name)
                .orElseThrow(() -> new NativeUnavailableException("the library lacks the function " + name));
    }

    private static long at(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("C can't read what lies on the heap: " + memory);
        }
        return memory.address();
    }

    /** C throws nothing: what comes out of a handle is a wrong use of it, a bug. */
    static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("a call of the C kernels failed: " + e, e);
    }

    void pack(
            int format,
            MemorySegment data,
            long rowBytes,
            int columns,
            int rows,
            int first,
            int last,
            MemorySegment panels) {
        try {
            pack.invokeExact(format, at(data), rowBytes, columns, rows, first, last, at(panels));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void multiply(
            int format,
            MemorySegment panels,
            int first,
            int last,
            int blocks,
            int rows,
            MemorySegment x,
            boolean rounded,
            int tokens,
            int group,
            MemorySegment out,
            long outStride) {
        try {
            multiply.invokeExact(
                    format,
                    at(panels),
                    first,
                    last,
                    blocks,
                    rows,
                    at(x),
                    rounded ? 1 : 0,
                    tokens,
                    group,
                    at(out),
                    outStride);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void quantize(MemorySegment x, int columns, int first, int last, int tokens, int group, MemorySegment out) {
        try {
            quantize.invokeExact(at(x), columns, first, last, tokens, group, at(out));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void regroup(MemorySegment x, int columns, int first, int last, int group, MemorySegment out) {
        try {
            regroup.invokeExact(at(x), columns, first, last, group, at(out));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void gather(int format, MemorySegment panels, int blocks, int columns, int row, MemorySegment out) {
        try {
            gather.invokeExact(format, at(panels), blocks, columns, row, at(out));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** As in cache.h. */
    private static int kind(KvType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case INT8 -> 2;
            case INT4 -> 3;
            case BF16 -> 4;
        };
    }

    void store(MemorySegment keys, MemorySegment values, int first, int last, NativeBatch batch, KvBlocks cache) {
        try {
            store.invokeExact(
                    at(keys),
                    at(values),
                    first,
                    last,
                    at(batch.positions()),
                    at(batch.sequences()),
                    at(batch.tables()),
                    at(batch.tableStarts()),
                    kind(cache.type()),
                    cache.blocks(),
                    cache.kvHeads(),
                    cache.headSize(),
                    cache.blockTokens(),
                    at(cache.keys()),
                    at(cache.values()));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Attention of the query heads of one key and value head for some tokens of one sequence, next to each other. */
    void attend(
            Attention shape,
            MemorySegment queries,
            MemorySegment out,
            int tokens,
            int position,
            int kvHead,
            MemorySegment table,
            KvBlocks cache,
            MemorySegment scratch) {
        try {
            attend.invokeExact(
                    at(queries),
                    at(out),
                    tokens,
                    position,
                    kvHead,
                    at(table),
                    kind(cache.type()),
                    cache.blocks(),
                    shape.kvHeads(),
                    shape.heads() / shape.kvHeads(),
                    shape.headSize(),
                    cache.blockTokens(),
                    shape.window(),
                    shape.scale(),
                    at(cache.keys()),
                    at(cache.values()),
                    at(scratch));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void attendUnits(
            Attention shape,
            MemorySegment queries,
            int position,
            int kvHead,
            MemorySegment table,
            KvBlocks cache,
            int firstUnit,
            int lastUnit,
            MemorySegment states,
            MemorySegment scratch) {
        try {
            attendUnits.invokeExact(
                    at(queries),
                    position,
                    kvHead,
                    at(table),
                    kind(cache.type()),
                    cache.blocks(),
                    shape.kvHeads(),
                    shape.heads() / shape.kvHeads(),
                    shape.headSize(),
                    cache.blockTokens(),
                    shape.window(),
                    shape.scale(),
                    at(cache.keys()),
                    at(cache.values()),
                    firstUnit,
                    lastUnit,
                    at(states),
                    at(scratch));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void attendMerge(
            Attention shape,
            KvType type,
            int kvHead,
            int firstUnit,
            int lastUnit,
            MemorySegment states,
            MemorySegment scratch,
            MemorySegment out) {
        try {
            attendMerge.invokeExact(
                    kvHead,
                    kind(type),
                    shape.heads() / shape.kvHeads(),
                    shape.headSize(),
                    firstUnit,
                    lastUnit,
                    at(states),
                    at(scratch),
                    at(out));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void rmsNorm(
            MemorySegment x, int first, int last, int width, MemorySegment weight, float epsilon, MemorySegment out) {
        try {
            rmsNorm.invokeExact(at(x), first, last, width, at(weight), epsilon, at(out));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void rotate(MemorySegment x, int first, int last, int heads, int headSize, MemorySegment positions, Rotary rotary) {
        try {
            rotate.invokeExact(
                    at(x),
                    first,
                    last,
                    heads,
                    headSize,
                    at(positions),
                    rotary.layout() == Rotary.Layout.ADJACENT ? 1 : 0,
                    rotary.rotated(),
                    at(rotary.cosines()),
                    at(rotary.sines()));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void gate(Gate activation, MemorySegment gate, MemorySegment up, long first, long last) {
        try {
            this.gate.invokeExact(activation == Gate.GELU_TANH ? 1 : 0, at(gate), at(up), first, last);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void add(MemorySegment x, MemorySegment y, long first, long last) {
        try {
            add.invokeExact(at(x), at(y), first, last);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void addBias(MemorySegment x, int first, int last, int width, MemorySegment bias) {
        try {
            addBias.invokeExact(at(x), first, last, width, at(bias));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void scale(MemorySegment x, long first, long last, float factor) {
        try {
            scale.invokeExact(at(x), first, last, factor);
        } catch (Throwable e) {
            throw failed(e);
        }
    }
}
