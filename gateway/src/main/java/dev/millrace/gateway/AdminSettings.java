package dev.millrace.gateway;

import dev.millrace.gateway.keys.Secret;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * How operators get in, under {@code millrace.admin}.
 *
 * @param key an administrator's key of their own making; without it the gateway has the keys of its database alone
 */
@ConfigurationProperties("millrace.admin")
record AdminSettings(@Nullable String key) {
    AdminSettings {
        if (key != null && !key.isBlank() && Secret.parse(key.strip()).isEmpty()) {
            throw new IllegalArgumentException(
                    "MILLRACE_ADMIN_KEY must be a key such as ./millrace keys draw makes (mr-"
                            + " and " + (Secret.LENGTH - 3)
                            + " letters and digits, the last of them a checksum), was one of "
                            + key.strip().length() + " characters");
        }
    }

    Optional<Secret> secret() {
        return Optional.ofNullable(key).map(String::strip).flatMap(Secret::parse);
    }

    @Override
    public String toString() {
        return "AdminSettings[key=" + secret().map(Secret::toString).orElse("none") + "]";
    }
}
