package dev.millrace.tokenizer.template;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;

/** A value of the template language, with Python's meaning. None but a {@link Namespace} and {@link Once} changes. */
public sealed interface Value
        permits Value.None,
                Value.Bool,
                Value.Int,
                Value.Real,
                Value.Undefined,
                Value.ListOf,
                Value.Tuple,
                Value.Range,
                Value.Once,
                Str,
                Dict,
                DictView,
                Namespace,
                Callable {

    /** Python's {@code None}. */
    enum None implements Value {
        NONE
    }

    enum Bool implements Value {
        FALSE,
        TRUE;

        public static Bool of(boolean truth) {
            return truth ? TRUE : FALSE;
        }
    }

    /** An integer of any size. */
    record Int(BigInteger number) implements Value {
        public static Int of(long number) {
            return new Int(BigInteger.valueOf(number));
        }
    }

    /** Python's {@code float}. */
    record Real(double number) implements Value {}

    /**
     * What a missing name or attribute gives: prints as nothing, is false, empty when iterated, and fails on all else.
     *
     * @param reason what the failure says
     */
    record Undefined(String reason) implements Value {
        static Undefined name(String name) {
            return new Undefined("'" + name + "' is undefined");
        }

        TemplateException failure() {
            return TemplateException.failed(reason);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Undefined;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    /** Python's {@code list}; the sandbox lets no template change one. */
    record ListOf(List<Value> items) implements Value {}

    record Tuple(List<Value> items) implements Value {
        static Tuple of(Value first, Value second) {
            return new Tuple(List.of(first, second));
        }
    }

    /** Python's {@code range}: {@code size} numbers from {@code start} on, {@code step} apart. */
    record Range(long start, long stop, long step, int size) implements Value {
        Int at(int index) {
            return Int.of(start + index * step);
        }
    }

    /** Python's generators and iterators: what they give is gone once taken, and they have no length. */
    record Once(String description, Iterator<Value> rest) implements Value {}
}
