package dev.millrace.training.method;

import java.util.Optional;

/**
 * Which method, with its settings.
 *
 * @param preference of direct preference optimization; empty for the others
 */
public record MethodChoice(Kind kind, Optional<DirectPreference.Settings> preference) {
    public enum Kind {
        SUPERVISED,
        PREFERENCE,
        REWARD
    }

    public MethodChoice {
        // of a job that was taken in before there were three
        kind = kind == null ? (preference.isPresent() ? Kind.PREFERENCE : Kind.SUPERVISED) : kind;
    }

    public static MethodChoice supervised() {
        return new MethodChoice(Kind.SUPERVISED, Optional.empty());
    }

    public static MethodChoice preference(DirectPreference.Settings settings) {
        return new MethodChoice(Kind.PREFERENCE, Optional.of(settings));
    }

    public static MethodChoice reward() {
        return new MethodChoice(Kind.REWARD, Optional.empty());
    }

    public Method method() {
        return switch (kind) {
            case SUPERVISED -> new SupervisedFineTuning();
            case PREFERENCE -> new DirectPreference(preference.orElseThrow());
            case REWARD -> new RewardModeling();
        };
    }

    /** Whether it learns from pairs of answers. */
    public boolean pairs() {
        return kind != Kind.SUPERVISED;
    }

    /** Whether what comes of it gives texts a number, and no text. */
    public boolean scores() {
        return kind == Kind.REWARD;
    }
}
