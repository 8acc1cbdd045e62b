package dev.millrace.standalone.bench;

import java.net.URI;
import java.util.Optional;

/**
 * A server of OpenAI's API and the model that is asked of it.
 *
 * @param title what tables call it
 * @param base where {@code /completions} lies under, such as http://127.0.0.1:8080/v1
 * @param key empty where none is needed
 */
public record Server(String title, URI base, Optional<String> key, String model) {
    /**
     * From what a person types: with or without the version that OpenAI's paths begin with.
     *
     * @throws IllegalArgumentException if it is no http or https URL
     */
    public static Server at(String title, String url, Optional<String> key, String model) {
        return new Server(title, base(url), key, model);
    }

    /** The API's base of a URL that a person types. */
    public static URI base(String url) {
        String bare = url.replaceAll("/+$", "");
        URI base = URI.create(bare.matches(".*/v\\d+") ? bare : bare + "/v1");
        if (!String.valueOf(base.getScheme()).matches("https?") || base.getHost() == null) {
            throw new IllegalArgumentException(
                    "\"" + url + "\" is no address of a server, expected one like http://127.0.0.1:8000");
        }
        return base;
    }

    URI path(String path) {
        return URI.create(base + path);
    }
}
