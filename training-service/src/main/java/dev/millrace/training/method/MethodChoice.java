package dev.millrace.training.method;

import java.util.Optional;

/**
 * Which method, with its settings.
 *
 * @param preference for pairs of answers; empty for supervised fine-tuning
 */
public record MethodChoice(Optional<DirectPreference.Settings> preference) {
    public static MethodChoice supervised() {
        return new MethodChoice(Optional.empty());
    }

    public Method method() {
        return preference.isPresent() ? new DirectPreference(preference.get()) : new SupervisedFineTuning();
    }
}
