package dev.millrace.tokenizer.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code + - * / // % **} and the signs. */
final class Arithmetic {
    enum Operator {
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        FLOOR_DIVIDE("//"),
        REMAINDER("%"),
        POWER("**");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }
    }

    private final Budget budget;

    Arithmetic(Budget budget) {
        this.budget = budget;
    }

    Value apply(Operator operator, Value left, Value right) {
        if (Numbers.is(left) && Numbers.is(right)) {
            BigInteger a = Numbers.integer(left);
            BigInteger b = Numbers.integer(right);
            return a != null && b != null
                    ? integers(operator, a, b)
                    : reals(operator, Numbers.real(left), Numbers.real(right));
        }
        if (operator == Operator.REMAINDER && left instanceof Str format) {
            return new PercentFormat(budget).apply(format, right);
        }
        if (right instanceof Value.Undefined undefined) {
            throw undefined.failure();
        }
        return switch (left) {
            case Value.Undefined undefined -> throw undefined.failure();
            case Str text
            when operator == Operator.ADD && right instanceof Str other -> Markup.plus(text, other, budget);
            case Value.ListOf list
            when operator == Operator.ADD && right instanceof Value.ListOf other ->
                new Value.ListOf(joined(list.items(), other.items()));
            case Value.Tuple tuple
            when operator == Operator.ADD && right instanceof Value.Tuple other ->
                new Value.Tuple(joined(tuple.items(), other.items()));
            default -> {
                if (operator == Operator.MULTIPLY && Numbers.integer(right) != null) {
                    yield repeated(left, right);
                }
                if (operator == Operator.MULTIPLY && Numbers.integer(left) != null) {
                    yield repeated(right, left);
                }
                throw unsupported(operator.sign, left, right);
            }
        };
    }

    private static TemplateException unsupported(String sign, Value left, Value right) {
        return TemplateException.failed("unsupported operand type(s) for " + sign + ": '" + Types.name(left) + "' and '"
                + Types.name(right) + "'");
    }

    private List<Value> joined(List<Value> left, List<Value> right) {
        budget.takeItems(left.size() + (long) right.size());
        List<Value> items = new ArrayList<>(left);
        items.addAll(right);
        return items;
    }

    private Value repeated(Value sequence, Value times) {
        long count = Math.max(0, Numbers.index(times));
        return switch (sequence) {
            case Str text -> {
                budget.take(text.text().length() * count);
                TextBuilder repeated = new TextBuilder(budget);
                for (long i = 0; i < count && !text.isEmpty(); i++) {
                    repeated.append(text);
                }
                yield repeated.build().asMarkup(text.isMarkup());
            }
            case Value.ListOf list -> new Value.ListOf(repeated(list.items(), count));
            case Value.Tuple tuple -> new Value.Tuple(repeated(tuple.items(), count));
            default -> throw unsupported("*", sequence, times);
        };
    }

    private List<Value> repeated(List<Value> items, long count) {
        budget.takeItems(items.size() * count);
        List<Value> repeated = new ArrayList<>();
        for (long i = 0; i < count && !items.isEmpty(); i++) {
            repeated.addAll(items);
        }
        return repeated;
    }

    private Value integers(Operator operator, BigInteger a, BigInteger b) {
        return switch (operator) {
            case ADD -> new Value.Int(budget.check(a.add(b)));
            case SUBTRACT -> new Value.Int(budget.check(a.subtract(b)));
            case MULTIPLY -> {
                budget.bits((long) a.bitLength() + b.bitLength());
                yield new Value.Int(a.multiply(b));
            }
            case DIVIDE -> {
                checkDivisor(b.signum() == 0, "division by zero");
                double quotient = new BigDecimal(a)
                        .divide(new BigDecimal(b), MathContext.DECIMAL128)
                        .doubleValue();
                if (Double.isInfinite(quotient)) {
                    throw TemplateException.failed("integer division result too large for a float");
                }
                yield new Value.Real(quotient);
            }
            case FLOOR_DIVIDE -> {
                checkDivisor(b.signum() == 0, "integer division or modulo by zero");
                yield new Value.Int(floor(a, b));
            }
            case REMAINDER -> {
                checkDivisor(b.signum() == 0, "integer modulo by zero");
                yield new Value.Int(a.subtract(floor(a, b).multiply(b)));
            }
            case POWER -> {
                if (b.signum() < 0) {
                    checkDivisor(a.signum() == 0, "0.0 cannot be raised to a negative power");
                    yield new Value.Real(Math.pow(a.doubleValue(), b.doubleValue()));
                }
                if (b.bitLength() > 31) {
                    budget.bits(a.bitLength() > 1 ? Long.MAX_VALUE : 1);
                    boolean odd = b.testBit(0);
                    yield new Value.Int(a.signum() < 0 && !odd ? a.negate() : a);
                }
                budget.bits(a.bitLength() > 1 ? (long) a.bitLength() * b.intValue() : 1);
                yield new Value.Int(a.pow(b.intValue()));
            }
        };
    }

    private static BigInteger floor(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        boolean below = parts[1].signum() != 0 && parts[1].signum() != b.signum();
        return below ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static Value reals(Operator operator, double a, double b) {
        return switch (operator) {
            case ADD -> new Value.Real(a + b);
            case SUBTRACT -> new Value.Real(a - b);
            case MULTIPLY -> new Value.Real(a * b);
            case DIVIDE -> {
                checkDivisor(b == 0, "float division by zero");
                yield new Value.Real(a / b);
            }
            case FLOOR_DIVIDE -> {
                checkDivisor(b == 0, "float floor division by zero");
                yield new Value.Real(floor(a, b));
            }
            case REMAINDER -> {
                checkDivisor(b == 0, "float modulo");
                yield new Value.Real(remainder(a, b));
            }
            case POWER -> {
                checkDivisor(a == 0 && b < 0, "0.0 cannot be raised to a negative power");
                if (a < 0 && !Numbers.isWhole(b) && !Double.isInfinite(b)) {
                    throw TemplateException.failed("a negative number to a fractional power is a complex number");
                }
                yield new Value.Real(Math.pow(a, b));
            }
        };
    }

    /** As CPython computes it: by way of the exact remainder. */
    private static double floor(double a, double b) {
        double quotient = (a - remainder(a, b)) / b;
        if (quotient == 0) {
            return Math.copySign(0, a / b);
        }
        double whole = Math.floor(quotient);
        return quotient - whole > 0.5 ? whole + 1 : whole;
    }

    private static double remainder(double a, double b) {
        double rest = a % b;
        if (rest == 0) {
            return Math.copySign(0, b);
        }
        return rest < 0 != b < 0 ? rest + b : rest;
    }

    private static void checkDivisor(boolean zero, String message) {
        if (zero) {
            throw TemplateException.failed(message);
        }
    }

    Value signed(boolean negative, Value operand) {
        if (operand instanceof Value.Undefined undefined) {
            throw undefined.failure();
        }
        BigInteger integer = Numbers.integer(operand);
        if (integer != null) {
            return new Value.Int(negative ? integer.negate() : integer);
        }
        if (operand instanceof Value.Real real) {
            return negative ? new Value.Real(-real.number()) : real;
        }
        throw TemplateException.failed(
                "bad operand type for unary " + (negative ? "-" : "+") + ": '" + Types.name(operand) + "'");
    }
}
